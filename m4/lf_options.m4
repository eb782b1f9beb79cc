dnl The --enable switches that are no sanitizers.
AC_DEFUN([LF_BUILD_OPTIONS], [
  AC_ARG_ENABLE([arena-emulator],
    [AS_HELP_STRING([--enable-arena-emulator], [one malloc an allocation in place of the bump arena, so that sanitizers see each])],
    [], [enable_arena_emulator=no])
  AM_CONDITIONAL([LF_ARENA_EMULATOR], [test "x$enable_arena_emulator" = xyes])
  lf_arena=bump
  AS_IF([test "x$enable_arena_emulator" = xyes], [
    lf_arena=emulator
    AC_DEFINE([LF_ARENA_EMULATOR], [1], [Define to 1 when the arena is one malloc an allocation.])
  ])

  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make compiler warnings errors (as CI does)])],
    [], [enable_werror=no])

  AC_ARG_ENABLE([fuzz],
    [AS_HELP_STRING([--enable-fuzz], [build tests/fuzz/* as libFuzzer programs (clang); without it they only replay their corpus])],
    [], [enable_fuzz=no])
])
