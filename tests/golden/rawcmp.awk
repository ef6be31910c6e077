# SPDX-License-Identifier: GPL-2.0-or-later
# rawcmp.awk OURS THEIRS: each field that `buddytrace dump --raw` prints has the value that `trace-cmd report -R`
# prints on the same line.  Ends with the number of fields that were compared, or at the first difference.
function number(text, value, i) {
	if (text !~ /^0x/)
		return text + 0
	# The pfn of an allocation that failed; more digits than a double has.
	if (text ~ /^0xf*$/ && length(text) == 18)
		return -1
	for (i = 3; i <= length(text); i++)
		value = 16 * value + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value
}
FNR == NR { ours[FNR] = $0; n = FNR; next }
{
	split("", theirs)
	for (i = 1; i <= NF; i++)
		if (k = index($i, "="))
			theirs[substr($i, 1, k - 1)] = substr($i, k + 1)
	count = split(ours[FNR], words, " ")
	for (i = 1; i <= count; i++) {
		k = index(words[i], "=")
		if (!k)
			continue
		key = substr(words[i], 1, k - 1)
		value = substr(words[i], k + 1) + 0
		# 0 stands for a failed allocation in newer kernels.
		if (key == "pfn" && value == -1 && number(theirs[key]) == 0)
			value = 0
		if (!(key in theirs) || number(theirs[key]) != value) {
			print "line " FNR ": " words[i] " is not in: " $0
			exit 1
		}
		fields++
	}
}
END {
	if (n != FNR) {
		print n " lines, want " FNR
		exit 1
	}
	print fields + 0
}
