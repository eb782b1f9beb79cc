dnl POSIX threads: -pthread for compiling and linking.
AC_DEFUN([LF_PTHREAD], [
  PTHREAD_CFLAGS=
  LF_LD_FLAG([PTHREAD_CFLAGS], [-pthread], [-pthread])
  AC_SUBST([PTHREAD_CFLAGS])
])
