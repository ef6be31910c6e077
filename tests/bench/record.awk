# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of record.sh, of lines: NAME[/LENGTH], CPU s and s of the load, CPU s of the recorder, bytes, events, lost.
function median(name, what,    i, j, n, v, t) {
	n = runs[name]
	for (i = 1; i <= n; i++) {
		t = value[name, what, i]
		for (j = i - 1; j > 0 && v[j] > t; j--)
			v[j + 1] = v[j]
		v[j + 1] = t
	}
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
{
	n = ++runs[$1]
	value[$1, "load", n] = $2
	value[$1, "rate", n] = $3 > 0 ? $6 / $3 : 0
	value[$1, "lost", n] = $7
	value[$1, "events", n] = $6
	value[$1, "cpu", n] = $4
	value[$1, "bytes", n] = $5
	lossy[$1] += $7 > 0
	if (!($1 in low) || value[$1, "rate", n] < low[$1])
		low[$1] = value[$1, "rate", n]
}
# Less a recording of nothing, in which the rest of the machine makes some events as well; per event.
function derive(name,    i, full, none, events, cpu) {
	full = name "/" load
	none = name "/0"
	for (i = 1; i <= runs[full]; i++) {
		events = value[full, "events", i] - median(none, "events")
		cpu = value[full, "cpu", i] - median(none, "cpu")
		value[full, "ns", i] = cpu / events * 1e9
		value[full, "whole", i] = value[full, "cpu", i] / value[full, "events", i] * 1e9
		value[full, "added", i] = (cpu + value[full, "load", i] - value["alone", "load", i]) / events * 1e9
		value[full, "per event", i] = (value[full, "bytes", i] - median(none, "bytes")) / events
		value[full, "slowdown", i] = value[full, "load", i] / value["alone", "load", i]
		value[full, "beyond", i] = (value[full, "load", i] - value["unread", "load", i]) / value["alone", "load", i]
	}
}
function row(title, name, recorder) {
	if (!runs[name])
		return
	printf "%-36s %9.2f %9.2f", title, median(name, "load"), median(name, "slowdown")
	if (recorder)
		printf " %9.0f %9.0f %9.0f %9.2f %9.2f %6d of %d", median(name, "ns"), median(name, "whole"),
			median(name, "added"), median(name, "per event"), median(name, "rate") / 1e6, lossy[name], runs[name]
	print ""
}
function target(text, measured, met) {
	printf "%-66s %-26s %s\n", text, measured, met ? "met" : "NOT met"
}
END {
	for (i = 1; i <= runs["unread"]; i++)
		value["unread", "slowdown", i] = value["unread", "load", i] / value["alone", "load", i]
	for (i = 1; i <= runs["alone"]; i++)
		value["alone", "slowdown", i] = 1
	record = "record/" load
	z1 = "perf-z1/" load
	derive("record")
	derive("snapshots")
	derive("perf")
	derive("perf-z1")
	printf "%-36s %9s %9s %9s %9s %9s %9s %9s %11s\n", "", "load", "", "recorder", "... whole", "+ traced", "bytes",
		"million", "runs"
	printf "%-36s %9s %9s %9s %9s %9s %9s %9s %11s\n", "medians of " runs["alone"] " rounds", "CPU s", "slowdown",
		"ns/event", "ns/event", "ns/event", "/event", "events/s", "with loss"
	row("the load alone", "alone", 0)
	row("tracing, nobody reads", "unread", 0)
	row("buddytrace record --no-snapshots", record, 1)
	row("buddytrace record", "snapshots/" load, 1)
	row("perf record -a", "perf/" load, 1)
	row("perf record -a -z1", z1, 1)
	print "(whole: start and end of the recording too; + traced: the recorder and what tracing costs the load)"
	printf "a recording of nothing: %.2f CPU s, %.2f MB; with the state of memory %.2f CPU s, %.2f MB\n\n",
		median("record/0", "cpu"), median("record/0", "bytes") / 1e6,
		median("snapshots/0", "cpu"), median("snapshots/0", "bytes") / 1e6

	ns = median(record, "ns")
	target("CPU of the recorder: at most 100 ns an event", sprintf("%.0f", ns), ns <= 100)
	if (runs[z1]) {
		ratio = ns / median(z1, "ns")
		target("... and half of perf record -z1", sprintf("%.2f", ratio), ratio <= 0.5)
	}
	beyond = median(record, "beyond") * 100
	target("slowdown: at most 5 points more than tracing that nobody reads", sprintf("%.1f", beyond), beyond <= 5)
	bytes = median(record, "per event")
	target("at most 5 bytes an event on disk", sprintf("%.2f", bytes), bytes <= 5)
	target("no event lost, default settings, all CPUs busy",
		sprintf("%d of %d runs, %.2f M/s", runs["loss"] - lossy["loss"], runs["loss"], median("loss", "rate") / 1e6),
		runs["loss"] && !lossy["loss"])
	split(series, s, " ")
	target("a series of 20 files and more: no gap, no event twice",
		sprintf("%d files, %d events", s[1], s[2]), files >= 20 && s[1] == files && s[2] == s[3] && s[4] == 0)
	target("... trace-cmd report opens each", sprintf("%d of %d", opened, files), opened == files)
}
