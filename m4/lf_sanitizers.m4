dnl AddressSanitizer, UndefinedBehaviorSanitizer, ThreadSanitizer, libFuzzer.

dnl Before AC_PROG_CC: the switches, and default CFLAGS that give readable stack traces.
AC_DEFUN([LF_SANITIZER_OPTIONS], [
  AC_ARG_ENABLE([asan], [AS_HELP_STRING([--enable-asan], [build with AddressSanitizer and LeakSanitizer])],
    [], [enable_asan=no])
  AC_ARG_ENABLE([ubsan], [AS_HELP_STRING([--enable-ubsan], [build with UndefinedBehaviorSanitizer])],
    [], [enable_ubsan=no])
  AC_ARG_ENABLE([tsan], [AS_HELP_STRING([--enable-tsan], [build with ThreadSanitizer (not with --enable-asan)])],
    [], [enable_tsan=no])
  AS_IF([test "x$enable_asan" = xyes && test "x$enable_tsan" = xyes],
    [AC_MSG_ERROR([--enable-asan and --enable-tsan exclude each other: configure two build directories])])
  AS_IF([test "x$enable_asan$enable_ubsan$enable_tsan" != xnonono && test -z "${CFLAGS+set}"],
    [CFLAGS="-g -O1 -fno-omit-frame-pointer"])
])

dnl LF_SANITIZER(SWITCH, FLAG): adds FLAG when SWITCH is on and the compiler has its runtime.
AC_DEFUN([LF_SANITIZER], [
  AS_IF([test "x$enable_$1" = xyes], [
    lf_flag=
    LF_LD_FLAG([lf_flag], [$2], [$2])
    AS_IF([test -z "$lf_flag"],
      [AC_MSG_ERROR([--enable-$1: $CC cannot link with $2; its runtime library is missing (Debian: libclang-rt-dev for clang, part of gcc)])])
    SAN_CFLAGS="$SAN_CFLAGS $2"
    lf_sanitizers="$lf_sanitizers $1"
  ])
])

AC_DEFUN([LF_SANITIZERS], [
  SAN_CFLAGS=
  lf_sanitizers=
  LF_SANITIZER([asan], [-fsanitize=address])
  LF_SANITIZER([ubsan], [-fsanitize=undefined])
  LF_SANITIZER([tsan], [-fsanitize=thread])
  AS_IF([test "x$enable_ubsan" = xyes], [SAN_CFLAGS="$SAN_CFLAGS -fno-sanitize-recover=all"])
  dnl The instrumented code makes gcc doubt values that are always set.
  AS_IF([test -n "$lf_sanitizers"], [LF_CC_FLAG([SAN_CFLAGS], [-Wno-error=maybe-uninitialized])])
  AC_SUBST([SAN_CFLAGS])
  AM_CONDITIONAL([LF_SANITIZE], [test -n "$lf_sanitizers"])
])

AC_DEFUN([LF_FUZZ], [
  FUZZ_CFLAGS=
  FUZZ_LDFLAGS=
  AS_IF([test "x$enable_fuzz" = xyes], [
    LF_CC_FLAG([FUZZ_CFLAGS], [-fsanitize=fuzzer-no-link])
    AS_IF([test -z "$FUZZ_CFLAGS"], [AC_MSG_ERROR([--enable-fuzz needs clang with libFuzzer: ./configure CC=clang --enable-fuzz])])
    FUZZ_LDFLAGS="-fsanitize=fuzzer"
  ])
  AC_SUBST([FUZZ_CFLAGS])
  AC_SUBST([FUZZ_LDFLAGS])
  AM_CONDITIONAL([LF_FUZZ], [test "x$enable_fuzz" = xyes])
])
