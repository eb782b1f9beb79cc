dnl The language level and the warnings, each asked for by itself: gcc and clang know different ones.
AC_DEFUN([LF_WARNINGS], [
  WARN_CFLAGS=
  LF_CC_FLAG([WARN_CFLAGS], [-std=gnu11])
  m4_foreach_w([lf_warning], [
    -Wall
    -Wextra
    -Wshadow
    -Wstrict-prototypes
    -Wmissing-prototypes
    -Wpointer-arith
    -Wwrite-strings
    -Wformat=2
    -Wundef
    -Wvla
    -Wno-unused-parameter
  ], [LF_CC_FLAG([WARN_CFLAGS], lf_warning)])
  AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
  AC_SUBST([WARN_CFLAGS])
])
