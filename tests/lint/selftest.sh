#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The checks can fail: each finds the fault that is put into a small tree of its own, and nothing without it.
. "$top_srcdir/tests/tap.sh"

lint=$top_srcdir/tests/lint
tree=$tmp/tree
commands=$("$BUDDYTRACE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')

fresh() { # a tree without faults
	rm -rf "$tree"
	mkdir -p "$tree/lib/base" "$tree/lib/model" "$tree/lib/include/buddytrace" "$tree/tools" "$tree/tests/lint"
	cat >"$tree/lib/include/buddytrace/diag.h" <<-'END'
		/* SPDX-License-Identifier: LGPL-2.1-or-later */
		#include <stdint.h>
		#define BT_ONE 1
		enum bdt_kind { BDT_A };
		/* Adds one to `n` pages. */
		uint64_t bdt_one(uint64_t n);
		uint64_t bdt_two(uint64_t n,
				 int more);
	END
	printf 'X {\nglobal:\n\tbdt_one;\n\tbdt_two;\nlocal:\n\t*;\n};\n' >"$tree/lib/libbuddytrace.sym"
	printf '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n#include "base/x.h"\n' >"$tree/lib/model/m.c"
	printf '/* SPDX-License-Identifier: LGPL-2.1-or-later */\n' >"$tree/lib/base/x.h"
	printf '/* SPDX-License-Identifier: GPL-2.0-or-later */\n#include <buddytrace/diag.h>\n' >"$tree/tools/t.c"
	echo '# SPDX-License-Identifier: GPL-2.0-or-later' >"$tree/tests/lint/size.allow"
	mkdir -p "$tree/doc/man"
	for command in $commands; do
		cp "$top_srcdir/doc/man/buddytrace-$command.1" "$tree/doc/man/"
	done
	cp "$top_srcdir/doc/man/buddytrace.1" "$top_srcdir/doc/man/buddytrace-trace.dat.5" "$tree/doc/man/"
}

clean() { # CHECK
	sh "$lint/$1.sh" "$tree" >"$tmp/out" 2>&1
	rc=$?
	case $rc in
	77) skip "$1: clean tree" "$(cat "$tmp/out")" ;;
	*) is "$1: nothing found in a clean tree" "$rc $(cat "$tmp/out")" "0 " ;;
	esac
}

finds() { # CHECK PATTERN WHAT
	sh "$lint/$1.sh" "$tree" >"$tmp/out" 2>&1
	rc=$?
	if [ $rc = 77 ]; then
		skip "$1: $3" "$(cat "$tmp/out")"
	elif [ $rc = 1 ] && grep -q "$2" "$tmp/out"; then
		ok "$1: $3"
	else
		nok "$1: $3" "exit $rc" "$(cat "$tmp/out")"
	fi
	fresh
}

long_function() { # LINES
	echo 'static int f(void)'; echo '{'
	i=3; while [ $i -lt "$1" ]; do echo '	;'; i=$((i + 1)); done
	echo '}'
}

fresh
for check in check-layers check-headers check-symbols check-sources check-sizes check-links check-manpages; do clean $check; done

echo '#include "model/zone.h"' >>"$tree/lib/base/x.h"
finds check-layers 'lib/base may not use lib/model' "a lower layer includes a higher one"
echo '#include <buddytrace/stream.h>' >>"$tree/lib/model/m.c"
finds check-layers 'lib/model may not use lib/stream' "the model includes the stream"
echo '#include <tracefs.h>' >>"$tree/lib/model/m.c"
finds check-layers 'live kernel' "libtracefs outside lib/record"
echo '#include <fcntl.h>' >>"$tree/lib/model/m.c"
finds check-layers 'no I/O' "the model opens files"
echo '#include "base/x.h"' >>"$tree/tools/t.c"
finds check-layers 'installed headers only' "a tool reaches into the library"
mkdir "$tree/lib/other"
finds check-layers 'not in tests/lint/layers.table' "a folder without a rule"

echo 'size_t bdt_three(void);' >>"$tree/lib/base/x.h"
finds check-headers 'compile alone' "a header that needs another one first"
printf '\nint bdt_three(int a,\n\t      int b);\n' >>"$tree/lib/base/x.h"
finds check-headers 'x.h:3: no comment above' "a prototype without a comment"
printf '/* Why. */\nstruct bdt_s { int a; };\nint bdt_three(int a);\n' >>"$tree/lib/base/x.h"
finds check-headers 'no comment above' "a comment that belongs to a struct"

sed -i '/bdt_two/d' "$tree/lib/libbuddytrace.sym"
finds check-symbols 'bdt_two is declared' "a function missing in the export list"
sed -i 's/bdt_two/&;\n\tbdt_gone/' "$tree/lib/libbuddytrace.sym"
finds check-symbols 'bdt_gone is listed' "an export that nothing declares"
echo '#define ONE 1' >>"$tree/lib/include/buddytrace/diag.h"
finds check-symbols 'ONE lacks' "a macro without prefix"
echo 'enum bdt_other { OTHER };' >>"$tree/lib/include/buddytrace/diag.h"
finds check-symbols 'OTHER lacks' "an enumerator without prefix"

sed -i 1d "$tree/lib/model/m.c"
finds check-sources 'm.c:1: no "SPDX' "no licence line"
sed -i 1s/L// "$tree/lib/model/m.c"
finds check-sources 'm.c:1: no "SPDX' "the wrong licence for lib"
printf '/* TO''DO */\n' >>"$tree/lib/model/m.c"
finds check-sources 'm.c:3: left-over' "a left-over note"
printf 'int x; \n' >>"$tree/lib/model/m.c"
finds check-sources 'm.c:3: white space' "white space at the end of a line"
printf 'static const char p[] = "/ho''me/me/x";\n' >>"$tree/lib/model/m.c"
finds check-sources 'm.c:3: a path' "a path of one machine"
printf 'int x;' >>"$tree/lib/model/m.c"
finds check-sources 'no newline' "no newline at the end"

printf 'See [it](lib/base/x.h), [that](lib/gone.h#part) and [there](https://example.org/x).\n' >"$tree/page.md"
finds check-links '^page.md:1: no file lib/gone.h$' "a link to nothing"

rm "$tree/doc/man/buddytrace-info.1"
finds check-manpages 'no page for the command info' "a command without a page"
sed -i 's/json/yaml/g' "$tree/doc/man/buddytrace-info.1"
finds check-manpages 'the option --json of --help is missing' "an option without a word in the page"
sed -i '/^.SH OPTIONS/a .B \\-\\-gone' "$tree/doc/man/buddytrace-info.1"
finds check-manpages 'has no option --gone' "a word in the page without an option"
echo 'See buddytrace-gone (1).' >>"$tree/doc/man/buddytrace-info.1"
finds check-manpages 'refers to buddytrace-gone(1)' "a page that refers to nothing"

long_function 101 >>"$tree/lib/model/m.c"
finds check-sizes 'function f has 101' "a function of 101 lines"
echo 'lib/model/m.c f historical reasons' >>"$tree/tests/lint/size.allow"
finds check-sizes 'not that long' "an explanation of something that is gone"
long_function 101 >>"$tree/lib/model/m.c"
echo 'lib/model/m.c f' >>"$tree/tests/lint/size.allow"
finds check-sizes 'no reason' "an entry without a reason"
long_function 61 >>"$tree/lib/model/m.c"
if ${CTAGS:-ctags-universal} --version >/dev/null 2>&1; then
	is "check-sizes: 61 lines are a note only" "$(sh "$lint/check-sizes.sh" "$tree"; echo $?)" \
		"note: lib/model/m.c: function f has 61 lines
0"
fi
done_testing
