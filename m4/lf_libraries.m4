dnl Libraries by pkg-config: all are looked for, then one message names every missing one.
m4_ifndef([PKG_CHECK_MODULES],
  [m4_fatal([pkg-config's autoconf macros are missing: apt-get install pkg-config])])

AC_DEFUN([LF_LIBRARIES_BEGIN], [
  PKG_PROG_PKG_CONFIG
  LF_CFLAGS=
  LF_LIBS=
  lf_missing=
  lf_packages=
  AS_IF([test -z "$PKG_CONFIG"], [
    lf_missing="
  pkg-config                (Debian: pkg-config)"
    lf_packages=" pkg-config"
  ])
])

dnl LF_LIBRARY(PREFIX, MODULE, LEAST-VERSION, DEBIAN-PACKAGE)
AC_DEFUN([LF_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2 >= $3], [
    LF_CFLAGS="$LF_CFLAGS $$1_CFLAGS"
    LF_LIBS="$LF_LIBS $$1_LIBS"
  ], [
    lf_missing="$lf_missing
  m4_format([%-25s], [$2 >= $3]) (Debian: $4)"
    AS_CASE(["$lf_packages "], [*" $4 "*], [], [lf_packages="$lf_packages $4"])
  ])
])

AC_DEFUN([LF_LIBRARIES_END], [
  AS_IF([test -n "$lf_missing"], [AC_MSG_ERROR([these libraries are missing or too old:
$lf_missing

On Debian or Ubuntu this installs them all:

  apt-get install$lf_packages
])])
  AC_SUBST([LF_CFLAGS])
  AC_SUBST([LF_LIBS])
])
