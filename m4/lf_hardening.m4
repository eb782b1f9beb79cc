dnl Hardening flags, each asked for by itself.
AC_DEFUN([LF_HARDENING], [
  HARDEN_CPPFLAGS=
  HARDEN_CFLAGS=
  HARDEN_LDFLAGS=
  LF_CC_FLAG([HARDEN_CFLAGS], [-fstack-protector-strong])
  LF_CC_FLAG([HARDEN_CFLAGS], [-fstack-clash-protection])
  LF_CC_FLAG([HARDEN_CFLAGS], [-fcf-protection])
  LF_CC_FLAG([HARDEN_CFLAGS], [-fPIE])
  LF_LD_FLAG([HARDEN_LDFLAGS], [-pie], [-fPIE])
  LF_LD_FLAG([HARDEN_LDFLAGS], [-Wl,-z,relro])
  LF_LD_FLAG([HARDEN_LDFLAGS], [-Wl,-z,now])

  dnl Fortified calls need an optimiser, and hide from the sanitizers what they intercept.
  lf_optimise=no
  for lf_flag in $CFLAGS; do
    AS_CASE([$lf_flag], [-O0], [lf_optimise=no], [-O*], [lf_optimise=yes])
  done
  AC_MSG_CHECKING([whether to fortify the C library's calls])
  AS_IF([test "$lf_optimise" = yes && test "x$enable_asan$enable_ubsan$enable_tsan" = xnonono],
    [HARDEN_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
     AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])])
  AC_SUBST([HARDEN_CPPFLAGS])
  AC_SUBST([HARDEN_CFLAGS])
  AC_SUBST([HARDEN_LDFLAGS])
])
