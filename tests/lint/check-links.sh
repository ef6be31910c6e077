#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Links between the pages, and the pictures in them, lead somewhere.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

for page in $(sources '*.md'); do
	grep -no '](\([^)#]*\)' "$page" | sed 's/](/ /' | while read -r line target; do
		case $target in
		''|http*) ;;
		*) [ -e "$(dirname "$page")/$target" ] || echo "$page:${line%:}: no file $target" ;;
		esac
	done
done >"$findings"
conclude "$findings"
