# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a replay directory (doc/replay-directory.md) out of nothing, the same one for the same values:
#   awk -f synthetic.awk -v dir=DIR -v fallbacks=N [-v bins=N] [-v zones=N] [-v task=NAME]
# Fallbacks come in bursts, a few are missed or false, free memory shrinks and falls to pieces.

function rnd(n) {
	seed = (seed * 1103515245 + 12345) % 2147483648
	return int(seed / 65536) % n
}

function out(name, text) {
	printf "%s", text > (dir "/" name)
}

function split_total(total, i,    share) {
	# share of the fallbacks that falls in bin i: bursts around a third and two thirds of the time
	share = exp(-((i - bins / 3) / (bins / 40)) ^ 2) * 0.7 + exp(-((i - bins * 0.7) / (bins / 90)) ^ 2) * 0.25
	return int(total * share / (bins / 40 * 1.7725 * 0.7 + bins / 90 * 1.7725 * 0.25) + 0.5)
}

function orders(prefix,    k, text) {
	text = prefix
	for (k = 0; k <= 10; k++)
		text = text "\tpages_order" k
	return text "\n"
}

function free_line(z, progress,    k, text, pages) {
	text = ""
	for (k = 0; k <= 10; k++) {
		pages = managed[z] * (k < 3 ? 0.002 + 0.03 * progress : 0.11 * (1.05 - progress)) * (0.7 + k / 20)
		pages *= 0.97 + rnd(600) / 10000
		text = text sprintf("\t%d", int(pages / 2 ^ k) * 2 ^ k)
	}
	return text
}

BEGIN {
	OFS = "\t"
	if (!bins) bins = 256
	if (zones == "") zones = 2
	if (task == "") task = "kworker/u8:3"
	seed = 42
	split("DMA32 Normal DMA Movable", zone_name, " ")
	split("524288 5505024 3840 1048576", managed, " ")
	width = 0.05

	out("series.tsv", "begin_s\tend_s\tevents\tremovals\texact\tknown\tknown_exact\tobserved\tpredicted\ttp\tfp\tfn\tonsets_observed\tonsets_predicted\tonsets_tp\tcontradictions\tlost\n")
	for (i = 0; i < bins; i++) {
		left = fallbacks - sum_observed
		n = i == bins - 1 ? left : split_total(fallbacks, i)
		if (n > left) n = left
		fn = n && rnd(9) == 0
		fp = n && rnd(13) == 0
		tp = n - fn
		removals = n + 300 + rnd(2500)
		known = int(removals * (1 - 0.6 * exp(-i / (bins / 8))))
		known_exact = known - (rnd(4) == 0 ? rnd(5) : 0)
		exact = known_exact + int((removals - known) * 0.2)
		onset = n > 0
		onset_tp = onset && !fn
		printf "%.9f\t%.9f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t0\t0\n", i * width, (i + 1) * width, removals * 5, removals, exact, known, known_exact, n, tp + fp, tp, fp, fn, onset, onset, onset_tp > (dir "/series.tsv")
		sum_observed += n; sum_tp += tp; sum_fp += fp; sum_fn += fn
		sum_removals += removals; sum_exact += exact; sum_known += known; sum_known_exact += known_exact
		sum_onset += onset; sum_onset_tp += onset_tp
	}

	out("free.tsv", orders("time_s\tnode\tzone"))
	for (i = 0; i < bins; i++)
		for (z = 1; z <= zones; z++)
			printf "%.9f\t%d\t%s%s\n", (i + 1) * width, int((z - 1) / 4), zone_name[(z - 1) % 4 + 1], free_line((z - 1) % 4 + 1, i / bins) > (dir "/free.tsv")
	out("marks.tsv", orders("snapshot\ttime_s\tnode\tzone"))
	for (i = 0; i < 2; i++)
		for (z = 1; z <= zones; z++)
			printf "%s\t%.9f\t%d\t%s%s\n", i ? "end" : "start", i ? bins * width : 0, int((z - 1) / 4), zone_name[(z - 1) % 4 + 1], free_line((z - 1) % 4 + 1, i) > (dir "/marks.tsv")

	out("confusion.tsv", "alloc_migratetype\tfallback_migratetype\talloc_order\tfallback_order\tobserved\tpredicted\tboth\n")
	split("Unmovable Unmovable Reclaimable Movable Unmovable Reclaimable", from, " ")
	split("Movable Reclaimable Movable Unmovable Movable Unmovable", to, " ")
	split("0 0 0 0 2 0", ask, " ")
	left = fallbacks
	for (r = 1; r <= 6; r++) {
		row = r == 6 ? left : int(fallbacks * (r == 1 ? 0.5 : 0.3 / r))
		left -= row
		for (k = 10; row > 0; k -= r < 3 ? 1 : 3) {
			n = k < 3 ? row : int(row / 2 + 0.5)
			row -= n
			miss = n > 3 && rnd(6) == 0
			printf "%s\t%s\t%d\t%d\t%d\t%d\t%d\n", from[r], to[r], ask[r], k, n, n - miss, n - miss > (dir "/confusion.tsv")
		}
	}

	out("causes.tsv", "class\tcause\tcount\n")
	if (fallbacks) {
		out("causes.tsv", sprintf("tp\t.\t%d\n", sum_tp))
		if (sum_fn) out("causes.tsv", sprintf("fn\tstate-unknown\t%d\n", sum_fn))
		if (sum_fp) out("causes.tsv", sprintf("fp\treorder-possible\t%d\n", sum_fp))
	}
	out("causes.tsv", sprintf("pfn\tstate-unknown\t%d\npfn\tmodel-wrong\t%d\n", sum_removals - sum_exact - 37, 37))

	out("removals.tsv", "node\tzone\torder\tmigratetype\tremovals\texact\tknown\tknown_exact\n")
	out("removals.tsv", sprintf("0\tNormal\t0\tMovable\t%d\t%d\t%d\t%d\n", sum_removals - 1000, sum_exact - 800, sum_known - 800, sum_known_exact - 800))
	out("removals.tsv", "0\tDMA32\t9\tUnmovable\t1000\t800\t800\t800\n")

	out("tasks.tsv", "task\tfallbacks\tclaims\tsteals\n")
	if (fallbacks) {
		out("tasks.tsv", sprintf("%s\t%d\t%d\t%d\n", task, fallbacks - int(fallbacks / 3), int(fallbacks / 3), fallbacks - 2 * int(fallbacks / 3)))
		if (fallbacks > 2) out("tasks.tsv", sprintf("fragment\t%d\t%d\t0\n", int(fallbacks / 3), int(fallbacks / 3)))
	}

	out("fallbacks.tsv", "number\ttime_s\tcpu\tpid\ttask\tzone\tclass\tcause\torder\tobs_pfn\tobs_alloc_mt\tobs_fallback_mt\tobs_fallback_order\tobs_ownership\tpred_pfn\tpred_alloc_mt\tpred_fallback_mt\tpred_fallback_order\tpred_ownership\tonset\n")
	for (i = 0; i < sum_tp + sum_fp + sum_fn && i < 1000; i++) {
		class = i % 50 == 7 && sum_fn ? "fn" : i % 70 == 9 && sum_fp ? "fp" : "tp"
		obs = class == "fp" ? ".\t.\t.\t.\t." : (1048576 + i * 512) "\tUnmovable\tMovable\t10\t1"
		pred = class == "fn" ? ".\t.\t.\t.\t." : (1048576 + i * 512) "\tUnmovable\tMovable\t10\t1"
		printf "%d\t%.9f\t%d\t%d\t%s\tNormal\t%s\t%s\t0\t%s\t%s\t%d\n", i * 17, i * width / 7, i % 2, 1000 + i % 5, task, class, class == "tp" ? "." : class == "fn" ? "state-unknown" : "reorder-possible", obs, pred, i % 9 == 0 > (dir "/fallbacks.tsv")
	}

	predicted = sum_tp + sum_fp
	share = "null"
	out("score.json", "{\n  \"tool\": \"buddytrace 0.1.0\",\n  \"kernel\": \"6.18.44\",\n  \"profile\": \"6.18\",\n  \"level\": \"buddy\",\n")
	out("score.json", sprintf("  \"events\": %d,\n  \"lost_events\": 0,\n  \"duration_ns\": %.0f,\n", sum_removals * 5, bins * width * 1e9))
	out("score.json", sprintf("  \"removals\": %d,\n  \"pfn_exact\": %.6f,\n  \"known\": %d,\n  \"known_exact\": %d,\n  \"pfn_exact_known\": %.6f,\n  \"contradictions\": 3,\n", sum_removals, sum_exact / sum_removals, sum_known, sum_known_exact, sum_known_exact / sum_known))
	out("score.json", sprintf("  \"fallbacks\": {\n    \"observed\": %d,\n    \"predicted\": %d,\n    \"tp\": %d,\n    \"fp\": %d,\n    \"fn\": %d,\n", sum_observed, predicted, sum_tp, sum_fp, sum_fn))
	out("score.json", sprintf("    \"precision\": %s,\n    \"recall\": %s,\n    \"f1\": %s,\n    \"baseline_f1\": %s,\n    \"attributes_exact\": %s,\n    \"pfn_exact\": %s,\n", predicted ? sum_tp / predicted : share, sum_observed ? sum_tp / sum_observed : share, fallbacks ? 2 * sum_tp / (predicted + sum_observed) : share, fallbacks ? 0.25 : share, fallbacks ? 0.987 : share, fallbacks ? 0.61 : share))
	out("score.json", sprintf("    \"onsets\": { \"observed\": %d, \"predicted\": %d, \"tp\": %d, \"precision\": %s, \"recall\": %s }\n  },\n", sum_onset, sum_onset, sum_onset_tp, sum_onset ? sum_onset_tp / sum_onset : share, sum_onset ? sum_onset_tp / sum_onset : share))
	out("score.json", "  \"confusion\": [ { \"observed\": 1 } ],\n  \"end_state\": { \"snapshot\": \"end\", \"free_jaccard\": 0.999931, \"nr_free_abs_error_pages\": 812, \"buddyinfo_exact_columns\": 19, \"buddyinfo_columns\": 22 },\n")
	out("score.json", "  \"seconds\": 1.25,\n  \"cpu_seconds\": 1.2,\n  \"events_per_cpu_second\": 1500000,\n  \"peak_rss_bytes\": 201326592\n}\n")
}
