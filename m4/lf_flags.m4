dnl Probes of single compiler and linker flags.

dnl LF_CC_FLAG(VARIABLE, FLAG): appends FLAG to VARIABLE when the compiler takes it without a warning.
AC_DEFUN([LF_CC_FLAG], [
  AS_VAR_PUSHDEF([lf_cache], [lf_cv_cc_flag_$2])
  AC_CACHE_CHECK([whether $CC takes $2], [lf_cache], [
    lf_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $2"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[]])],
      [AS_VAR_SET([lf_cache], [yes])], [AS_VAR_SET([lf_cache], [no])])
    CFLAGS=$lf_save_CFLAGS
  ])
  AS_VAR_IF([lf_cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
  AS_VAR_POPDEF([lf_cache])
])

dnl LF_LD_FLAG(VARIABLE, FLAG, [COMPILER-FLAG]): the same for a flag of the linking step; COMPILER-FLAG goes with it.
AC_DEFUN([LF_LD_FLAG], [
  AS_VAR_PUSHDEF([lf_cache], [lf_cv_ld_flag_$2])
  AC_CACHE_CHECK([whether $CC links with $2], [lf_cache], [
    lf_save_CFLAGS=$CFLAGS
    lf_save_LDFLAGS=$LDFLAGS
    CFLAGS="$CFLAGS -Werror $3"
    LDFLAGS="$LDFLAGS $2"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[return puts("") < 0;]])],
      [AS_VAR_SET([lf_cache], [yes])], [AS_VAR_SET([lf_cache], [no])])
    CFLAGS=$lf_save_CFLAGS
    LDFLAGS=$lf_save_LDFLAGS
  ])
  AS_VAR_IF([lf_cache], [yes], [AS_VAR_APPEND([$1], [" $2"])])
  AS_VAR_POPDEF([lf_cache])
])
