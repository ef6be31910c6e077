#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mksym.sh SRCDIR: prints the export list that the installed headers ask for (make update-symbols).
cd "$1" || exit 2
printf 'BUDDYTRACE_0 {\nglobal:\n'
${CTAGS:-ctags-universal} -o - --languages=C --langmap=C:.h --kinds-C=px -x --_xformat=%N lib/include/buddytrace/*.h |
	LC_ALL=C sort -u | sed 's/.*/\t&;/'
printf 'local:\n\t*;\n};\n'
