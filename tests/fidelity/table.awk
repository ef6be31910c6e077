# SPDX-License-Identifier: GPL-2.0-or-later
# table.awk -v revision=... PLAN SCORES: the fidelity page from the flattened scores (flatten.awk) of the recordings
# of the plan.  Every figure is a quotient of counts, and the counts behind it stand beside it: several recordings
# together are the sums of both.

# v(name, key): from the replay with the right rules, or the wrong ones while `side` says so
function v(name, key) { return value[name, side, key] }
function round(x) { return int(x + 0.5) }

function number(n,   s, t)
{
	s = sprintf("%.0f", n)
	while (length(s) > 3) {
		t = " " substr(s, length(s) - 2) t
		s = substr(s, 1, length(s) - 3)
	}
	return s t
}

function share(a, b) { return b ? a == b ? "1" : sprintf("%.5f", a / b) : "–" }

# Of the four columns of the goals: 1, 2 exact start, 3, 4 without; even ones with compaction.
function class(name) { return (v(name, "start_state") == "exact" ? 1 : 3) + (v(name, "compaction.runs") >= COMPACTING) }

function mismatches(name,   i, n)
{
	for (i = 1; i <= NCAUSES; i++)
		n += v(name, "mismatches." cause[i])
	return n
}

# The last exact snapshot is the end state; without one, the page flags.
function last_exact(name,   i)
{
	for (i = 0; v(name, "exact_snapshots." i ".snapshot") != ""; i++)
		;
	return i > 1 ? "exact_snapshots." (i - 1) : ""
}

# jaccard(name): sets num and den.  The parts of a long list are read at different times, so that the pages in both
# can be more than the model holds at any of them.
function jaccard(name,   e, more)
{
	e = last_exact(name)
	if (e != "") {
		num = v(name, e ".free_pages_both")
		more = v(name, e ".free_pages_model") - num
		den = v(name, e ".free_pages_kernel") + (more > 0 ? more : 0)
	} else {
		num = v(name, "end_state.free_pages_both")
		den = num + v(name, "end_state.free_pages_only_model") + v(name, "end_state.free_pages_only_kernel")
	}
}

# measure(what, name): sets num and den
function measure(what, name,   f, e)
{
	num = den = 0
	f = what ~ /^onset/ ? "fallbacks.onsets." : "fallbacks."
	e = last_exact(name)
	if (what == "pfn") {
		den = v(name, "removals")
		num = den - mismatches(name)
	} else if (what == "undisturbed") {
		den = v(name, "undisturbed.removals")
		num = v(name, "undisturbed.exact")
	} else if (what == "known") {
		den = v(name, "removals")
		num = v(name, "known")
	} else if (what == "pfn-known") {
		den = v(name, "known")
		num = round(den * v(name, "pfn_exact_known"))
	} else if (what ~ /precision$/) {
		den = v(name, f "predicted")
		num = v(name, f "tp")
	} else if (what ~ /recall$/) {
		den = v(name, f "observed")
		num = v(name, f "tp")
	} else if (what == "attributes") {
		den = v(name, "fallbacks.tp")
		num = round(den * v(name, "fallbacks.attributes_exact"))
	} else if (what == "extfrag") {
		den = v(name, "fallbacks.tp")
		num = round(den * v(name, "fallbacks.pfn_exact"))
	} else if (what == "jaccard")
		jaccard(name)
	else if (what == "positions" && e != "") {
		den = v(name, e ".entries")
		num = round(den * v(name, e ".same_position"))
	} else if (what == "lists" && e != "") {
		den = v(name, e ".lists")
		num = v(name, e ".lists_equal")
	} else if (what == "contradictions") {
		den = v(name, "removals")
		num = v(name, "contradictions")
	} else if (what ~ /^cause /) {
		den = v(name, "removals")
		num = v(name, "mismatches." substr(what, 7))
	}
}

# cell(what, names, goal): of all the recordings in `names` together
function cell(what, names, goal,   n, list, i, a, b, text)
{
	n = split(names, list, " ")
	for (i = 1; i <= n; i++) {
		measure(what, list[i])
		a += num
		b += den
	}
	if (!b)
		return "–"
	text = what ~ /^cause / ? number(a) : what == "contradictions" ? sprintf("%s (%.4f %%)", number(a), 100 * a / b) : \
		share(a, b) " of " number(b)
	if (goal == "")
		return text
	return text (inline ? " (" least(what) goal ")" : "") verdict(what ~ /^cause / ? a / b <= goal : a / b >= goal)
}

function least(what) { return what ~ /^cause / ? "≤ " : "≥ " }
function verdict(met) { return met ? " ✓" : " **✗**" }

function baseline(names,   n, list)
{
	n = split(names, list, " ")
	return n == 1 && v(list[1], "fallbacks.baseline_f1") + 0 == v(list[1], "fallbacks.baseline_f1") ? \
		sprintf("%.4f", v(list[1], "fallbacks.baseline_f1")) : "–"
}

function sum(key, names,   n, list, i, s)
{
	n = split(names, list, " ")
	for (i = 1; i <= n; i++)
		s += v(list[i], key == "cut" ? last_exact(list[i]) ".lists_cut" : key)
	return s
}

# The goals of the four classes; the columns of a table have one class, or (inline) one each.
function row(head, what, goals,   i, line, goal)
{
	split(goals, goal, " ")
	for (i = 1; i <= 4; i++)
		if (goal[i] == "-")
			goal[i] = ""
	line = "| " head
	if (!inline)
		line = line " | " (goal[column_class[1]] == "" ? "" : least(what) goal[column_class[1]])
	for (i = 1; i <= ncolumns; i++)
		line = line " | " cell(what, column[i], goal[column_class[i]])
	print line " |"
}

function plain(head, key,   i, line)
{
	line = "| " head (inline ? "" : " | ")
	for (i = 1; i <= ncolumns; i++)
		line = line " | " (key == "baseline" ? baseline(column[i]) : number(sum(key, column[i])))
	print line " |"
}

# One table: the columns are column[] with the heads title[] and the goals of column_class[].
function table(   i, line, rule)
{
	line = inline ? "| " : "| | goal"
	rule = inline ? "|---" : "|---|--:"
	for (i = 1; i <= ncolumns; i++) {
		line = line " | " title[i]
		rule = rule "|--:"
	}
	print line " |\n" rule "|"
	plain("events", "events")
	plain("lost events", "lost_events")
	plain("compaction runs", "compaction.runs")
	row("PFN exact, all removals", "pfn", "0.9999 0.98 - 0.90")
	row("... before the first contradiction", "undisturbed", "")
	row("known", "known", "")
	row("PFN exact of the known (lists that have turned over)", "pfn-known", "- - 0.998 -")
	row("fallback precision", "precision", "0.9999 0.999 0.999 0.999")
	row("fallback recall", "recall", "0.9999 0.999 0.999 0.999")
	plain("baseline F1", "baseline")
	row("onset precision", "onset-precision", "0.999 0.97 0.99 0.93")
	row("onset recall", "onset-recall", "0.999 0.97 0.99 0.93")
	row("order, type and ownership of a fallback", "attributes", "0.999 0.98 0.99 0.97")
	row("page of a fallback", "extfrag", "0.999 0.97 - -")
	row("end state: free sets (Jaccard)", "jaccard", "0.9999 0.99 0.9995 0.95")
	row("end state: same place in the list", "positions", "0.999 0.9 - -")
	row("end state: lists equal from head to tail", "lists", "")
	plain("end state: lists cut", "cut")
	row("contradictions", "contradictions", "")
	for (i = 1; i <= NCAUSES; i++)
		row("not exact: " cause[i], "cause " cause[i], cause[i] == "model-wrong" ? "0 0.0001 0 -" : "")
	print ""
}

function add_column(head, names, c)
{
	column[++ncolumns] = names
	title[ncolumns] = head
	column_class[ncolumns] = c
}

# The names of the recordings of a kernel ("": any but the running one) and class.
function group(kernel, c,   i, all)
{
	for (i = 1; i <= n; i++)
		if (class(name[i]) == c && (kernel == "" ? guest[name[i]] : v(name[i], "kernel") == kernel))
			all = all " " name[i]
	return all
}

function overview(head, kernel,   c)
{
	ncolumns = 0
	for (c = 1; c <= 4; c++)
		if (group(kernel, c) != "")
			add_column(class_name[c], group(kernel, c), c)
	if (!ncolumns)
		return
	print "### " head "\n"
	inline = 1
	table()
	inline = 0
}

# The recordings of one kernel and class.
function recordings(kernel, c,   i, names, list)
{
	ncolumns = 0
	names = split(group(kernel, c), list, " ")
	for (i = 1; i <= names; i++)
		add_column(list[i], list[i], c)
	if (!ncolumns)
		return
	print "### " kernel ", " class_name[c] "\n"
	table()
}

function sources(   i, warning)
{
	print "## The recordings\n\n| | kernel | workload | s | removals | fallbacks | pages freed, traced against counted | start state |"
	print "|---|---|---|--:|--:|--:|--:|---|"
	for (i = 1; i <= n; i++) {
		warning = v(name[i], "record.warning")
		printf "| %s | %s | %s | %.1f | %s | %s | %s | %s%s |\n", name[i], v(name[i], "kernel"), workload[name[i]],
			v(name[i], "duration_ns") / 1e9, number(v(name[i], "removals")),
			number(v(name[i], "fallbacks.observed")), v(name[i], "record.freed"), v(name[i], "start_state"),
			warning == "" ? "" : ", " warning
	}
	print ""
}

function pr(a, b, c) { return share(a, b) " | " share(a, c) }

function wrong_rules(   i, f)
{
	print "## With the rules of another kernel\n"
	print "| | kernel | rules | PFN exact | precision | recall | onset precision | onset recall | contradictions |"
	print "|---|---|---|--:|--:|--:|--:|--:|--:|"
	for (i = 1; i <= n; i++)
		for (f = 1; f <= 2; f++) {
			kind = f == 1 ? "replay" : "wrong"
			if (value[name[i], kind, "removals"] == "")
				continue
			printf "| %s | %s | %s | %.4f | %s | %s | %s |\n", name[i], f == 1 ? v(name[i], "kernel") : "",
				f == 1 ? value[name[i], kind, "profile"] : "**" value[name[i], kind, "profile"] "**",
				value[name[i], kind, "pfn_exact"],
				pr(value[name[i], kind, "fallbacks.tp"], value[name[i], kind, "fallbacks.predicted"],
					value[name[i], kind, "fallbacks.observed"]),
				pr(value[name[i], kind, "fallbacks.onsets.tp"], value[name[i], kind, "fallbacks.onsets.predicted"],
					value[name[i], kind, "fallbacks.onsets.observed"]),
				number(value[name[i], kind, "contradictions"])
		}
	print ""
}

# One row for each kernel and class, and one for the same recordings with the rules of another kernel.
function by_kernel(   k, c, names)
{
	print "## Kernel by kernel\n"
	print "| kernel | start, compaction | rules | fallbacks | precision | recall | onset precision | onset recall | attributes | PFN exact | of the known | contradictions | end state: Jaccard | model-wrong |"
	print "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
	for (k = 1; k <= nkernels; k++)
		for (c = 1; c <= 4; c++) {
			names = group(kernel[k], c)
			if (names == "")
				continue
			side = "replay"
			print kernel_row(kernel[k], class_name[c], names)
			side = "wrong"
			print kernel_row("", "", names)
			side = "replay"
		}
	print ""
}

function kernel_row(head, start, names,   n, list, rules)
{
	n = split(names, list, " ")
	rules = v(list[1], "profile")
	return "| " head " | " start " | " (side == "wrong" ? "**" rules "**" : rules) " | " number(sum("fallbacks.observed", names)) " | " \
		figure("precision", names) " | " figure("recall", names) " | " figure("onset precision", names) " | " \
		figure("onset recall", names) " | " figure("attributes", names) " | " figure("pfn", names) " | " figure("pfn-known", names) " | " \
		number(sum("contradictions", names)) " | " figure("jaccard", names) " | " number(sum("mismatches.model-wrong", names)) " |"
}

# The quotient alone.
function figure(what, names,   text)
{
	text = cell(what, names, "")
	sub(/ of .*/, "", text)
	return text
}

function judged(x, of, goal)
{
	if (x == "null" || x == "")
		return "–"
	return sprintf("%.4f%s%s", x, of == "" ? "" : " of " number(of), goal == "" ? "" : x >= goal ? " ✓" : " **✗**")
}

function page_level(   i, a, f)
{
	a = "page.assisted."
	f = "page.free."
	print "## Page level\n"
	print "Assisted: told after each event what the kernel did.\n"
	print "| | refills: precision ≥ 0.98 | recall ≥ 0.98 | size ≥ 0.97 | zone ≥ 0.99 | drains: precision | recall | size, better than | a constant |"
	print "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
	for (i = 1; i <= n; i++)
		print "| " name[i] " | " judged(v(name[i], a "refills.precision"), v(name[i], a "refills.predicted"), 0.98) " | " \
			judged(v(name[i], a "refills.recall"), v(name[i], a "refills.observed"), 0.98) " | " \
			judged(v(name[i], a "refill_size_exact"), v(name[i], a "refill_size_of"), 0.97) " | " \
			judged(v(name[i], a "zone_exact"), v(name[i], a "zone_of"), 0.99) " | " \
			judged(v(name[i], a "drains.precision"), v(name[i], a "drains.predicted"), "") " | " \
			judged(v(name[i], a "drains.recall"), v(name[i], a "drains.observed"), "") " | " \
			judged(v(name[i], a "drain_size_exact"), v(name[i], a "drain_size_of"), v(name[i], a "drain_size_constant")) \
			" | " judged(v(name[i], a "drain_size_constant"), "", "") " |"
	print "\nFree: a copy that picks its own pages and is told nothing; predicted / observed, and the correlation over windows.\n"
	print "| | refills | correlation | drained pages | correlation | fallbacks | observed | frees of pages it does not hold |"
	print "|---|--:|--:|--:|--:|--:|--:|--:|"
	for (i = 1; i <= n; i++)
		print "| " name[i] " | " judged(v(name[i], f "refills.count_ratio"), v(name[i], f "refills.observed"), "") " | " \
			judged(v(name[i], f "refills.correlation"), "", "") " | " \
			judged(v(name[i], f "drained_pages.count_ratio"), v(name[i], f "drained_pages.observed"), "") " | " \
			judged(v(name[i], f "drained_pages.correlation"), "", "") " | " \
			judged(v(name[i], f "fallbacks.count_ratio"), "", "") " | " \
			number(v(name[i], f "fallbacks.observed")) " | " \
			share(v(name[i], f "frees_unmapped"), v(name[i], f "frees")) " |"
	print ""
}

function agreement(kernel, key, goal,   i, a, d)
{
	for (i = 1; i <= n; i++)
		if (v(name[i], "kernel") == kernel) {
			a += v(name[i], "compaction." key ".agreed")
			d += v(name[i], "compaction." key ".decisions")
		}
	return d ? share(a, d) " of " number(d) (goal == "" ? "" : a / d >= goal ? " ✓" : " **✗**") : "–"
}

function compaction(   k, i, r)
{
	print "## Compaction, decision by decision\n"
	print "| | runs | suitable ≥ 0.95 | finished ≥ 0.95 | deferred ≥ 0.95 | begin | end | migration scanner ≥ 0.9 | free scanner ≥ 0.9 | fast searches |"
	print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
	for (k = 1; k <= nkernels; k++) {
		r = 0
		for (i = 1; i <= n; i++)
			if (v(name[i], "kernel") == kernel[k])
				r += v(name[i], "compaction.runs")
		print "| " kernel[k] " | " number(r) " | " agreement(kernel[k], "suitable", 0.95) " | " \
			agreement(kernel[k], "finished", 0.95) " | " agreement(kernel[k], "deferred", 0.95) " | " \
			agreement(kernel[k], "begin_positions", "") " | " agreement(kernel[k], "end_results", "") " | " \
			agreement(kernel[k], "migrate_ranges", 0.9) " | " agreement(kernel[k], "free_ranges", 0.9) " | " \
			agreement(kernel[k], "fast_searches", "") " |"
	}
	print ""
}

BEGIN {
	FS = "\t"
	side = "replay"
	COMPACTING = 10 # runs, from which on a recording counts as one with compaction
	NCAUSES = split("state-unknown lost-events compaction pcp-bypass unrecorded reorder-possible model-wrong", cause, " ")
	split("exact start, no compaction|exact start, compaction|no BPF, no compaction|no BPF, compaction", class_name, "|")
}

FNR == NR {
	split($0, field, " ")
	planned[++nplanned] = field[1]
	guest[field[1]] = field[2] != "running"
	sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "")
	workload[field[1]] = $0
	next
}

{ value[$1, $2, $3] = $4 }

END {
	for (i = 1; i <= nplanned; i++) {
		if (v(planned[i], "removals") == "") {
			failed = failed " " planned[i]
			continue
		}
		name[++n] = planned[i]
		if (!(v(planned[i], "kernel") in seen)) {
			seen[v(planned[i], "kernel")] = 1
			kernel[++nkernels] = v(planned[i], "kernel")
			running[kernel[nkernels]] = !guest[planned[i]]
		}
	}
	printf "Revision %s.  ✓ the goal is met, **✗** it is missed; \"of\" is the count behind a figure.", revision
	printf "  Compaction: %d runs or more.\n\n", COMPACTING
	if (failed != "")
		print "Not measured:" failed ".\n"
	sources()
	print "## Against the goals\n"
	for (k = 1; k <= nkernels; k++)
		if (running[kernel[k]])
			overview("The running kernel, " kernel[k], kernel[k])
	overview("All guests", "")
	print "## Recording by recording\n"
	for (k = 1; k <= nkernels; k++)
		for (c = 1; c <= 4; c++)
			recordings(kernel[k], c)
	by_kernel()
	wrong_rules()
	page_level()
	compaction()
}
