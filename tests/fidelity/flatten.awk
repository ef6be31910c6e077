# SPDX-License-Identifier: GPL-2.0-or-later
# flatten.awk -v name=NAME -v kind=KIND score.json: "NAME <tab> KIND <tab> path <tab> value", one line per value; the
# path has the keys and the positions in arrays with dots between.  For what our own writer makes: one member or
# bracket per line.
function path(key,   i, p)
{
	p = ""
	for (i = 1; i <= depth; i++)
		p = p part[i] "."
	return p key
}

{
	line = $0
	sub(/^[ \t]*/, "", line)
	sub(/,$/, "", line)
	key = ""
	if (match(line, /^"[^"]*": */)) {
		key = substr(line, 2)
		sub(/".*/, "", key)
		line = substr(line, RLENGTH + 1)
	} else if (line !~ /^[]}]/ && depth) {
		key = count[depth]++
	}
	if (line == "{" || line == "[") {
		if (NR > 1) {
			part[++depth] = key
			count[depth] = 0
		}
	} else if (line ~ /^[]}]/) {
		if (depth)
			depth--
	} else if (line != "[]" && line != "{}") {
		gsub(/^"|"$/, "", line)
		print name "\t" kind "\t" path(key) "\t" line
	}
}
