#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each command has a page; its --help and its page know the same options; the pages it refers to exist.
here=$(cd "$(dirname "$0")" && pwd)
build=${2:+$(cd "$2" && pwd)}
. "$here/common.sh"
tool=${BUDDYTRACE:-$build/buddytrace}
[ -x "$tool" ] || { echo "needs the built command"; exit 77; }

plain() { sed 's/\\f[BIRP]//g; s/\\-/-/g' "$1"; }
# Long options that stand on their own, not inside a word.
options() { grep -oE '(^|[^A-Za-z0-9-])--[a-z][a-z-]+' | sed 's/.*--/--/' | sort -u; }

for name in $("$tool" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
	page=doc/man/buddytrace-$name.1
	[ -e "$page" ] || { echo "$page:1: no page for the command $name"; continue; }
	"$tool" "$name" --help >"$findings.help" 2>&1
	! grep -q -e --without-record "$findings.help" || continue
	sed -n '/^Options:/,$p' "$findings.help" | grep -oE '^ +(-[A-Za-z], +)?--[a-z-]+' | options >"$findings.has"
	plain "$page" | options >"$findings.says"
	plain "$page" | sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' | options >"$findings.documents"
	comm -23 "$findings.has" "$findings.says" | sed "s,.*,$page:1: the option & of --help is missing,"
	comm -13 "$findings.has" "$findings.documents" | sed "s,.*,$page:1: the command has no option &,"
done >"$findings"
for page in doc/man/*.[1-8]; do
	plain "$page" | grep -oE 'buddytrace(-[a-z.]+)? ?\([15]\)' | tr -d ' ' | sort -u | while read -r ref; do
		file=doc/man/${ref%(*}.${ref#*(}
		[ -e "${file%)}" ] || echo "$page:1: refers to $ref, which does not exist"
	done
done >>"$findings"
conclude "$findings"
