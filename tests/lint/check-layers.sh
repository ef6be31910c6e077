#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The include rule: lib/X includes only what layers.table allows, tools only <buddytrace/...>, libtracefs is
# known to lib/record alone, and the model does no I/O.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

table=$here/layers.table
for file in $(sources '*.c' '*.h'); do
	awk -v file="$file" -v table="$table" -v home="$(dirname "$file")" '
	BEGIN {
		while ((getline line < table) > 0) {
			if (line ~ /^[^#=]*=/) {
				split(line, part, "[.=]")
				owner[part[1]] = part[3]
			}
			if (line ~ /^#/ || line !~ /:/)
				continue
			split(line, part, ":")
			known[part[1]] = 1
			n = split(part[2], to, " ")
			for (i = 1; i <= n; i++)
				may[part[1], to[i]] = 1
			may[part[1], part[1]] = 1
		}
		split(file, dir, "/")
		top = dir[1]
		if (file ~ /^lib\/include\/buddytrace\//)
			layer = header_layer(dir[4])
		else
			layer = dir[2]
	}
	function header_layer(name)
	{
		sub(/\.h$/, "", name)
		return name in owner ? owner[name] : name
	}
	function bad(why) { printf "%s:%d: includes %s: %s\n", file, FNR, inc, why }
	function exists(path,   line, r) { r = (getline line < path); close(path); return r >= 0 }
	/^[ \t]*#[ \t]*include[ \t]*["<]/ {
		inc = $0
		sub(/^[ \t]*#[ \t]*include[ \t]*["<]/, "", inc)
		sub(/[">].*/, "", inc)
		quoted = $0 ~ /include[ \t]*"/
		split(inc, ip, "/")
		if (inc ~ /\.\./) {
			bad("no .. in includes")
			next
		}
		if (ip[1] == "buddytrace")
			target = header_layer(ip[2])
		else if (ip[1] in known && inc ~ /\//)
			target = ip[1]
		else
			target = ""

		if (top == "tools") {
			if (target != "" && ip[1] != "buddytrace")
				bad("tools use the installed headers only")
			else if (quoted && inc != "config.h" && !exists(home "/" inc))
				bad("neither beside the file nor installed")
		} else if (top == "lib") {
			if (target != "" && !((layer, target) in may))
				bad("lib/" layer " may not use lib/" target)
			if (inc ~ /(^|\/)(tracefs|bpf|libbpf)\.h$/ && layer != "record" && layer != "exact")
				bad("only lib/record and lib/exact talk to a live kernel")
			if (layer == "model" && inc ~ /^(fcntl|unistd|dirent|sys\/(stat|mman|socket|ioctl))\.h$/)
				bad("the model does no I/O")
			if (layer == "model" && inc == "buddytrace/stream.h")
				bad("the model sees no events")
		}
	}' "$file"
done >"$findings"
# A folder that the table does not know escapes the rule.
for dir in lib/*/; do
	dir=${dir%/}; dir=${dir#lib/}
	[ "$dir" = include ] || grep -q "^$dir:" "$table" || echo "lib/$dir: not in tests/lint/layers.table"
done >>"$findings"
conclude "$findings"
