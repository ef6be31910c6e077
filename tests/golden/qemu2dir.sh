#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# qemu2dir.sh RAW DIR: rearranges a raw recording of a guest (one unpacked archive) into the form that
# `buddytrace import` reads.  Files are linked, not copied.
#
#	RAW/trace/cpuN.raw, cpuN.stats, clock, saved_cmdlines   -> DIR/tracing/...
#	RAW/formats/{events,header_page,header_event,uname}     -> DIR/tracing/events, DIR/uname
#	RAW/{before,after}/*                                    -> DIR/{before,after}/proc/*
#	RAW/formats/{cmdline,iomem,sysctl-vm}                   -> DIR/before/proc/{cmdline,iomem,sys/vm/*}
# The places of the snapshots are in the stream: "snap before begin" and so on.
set -eu
raw=$(cd "$1" && pwd)
mkdir -p "$2"
dir=$(cd "$2" && pwd)

mkdir -p "$dir/tracing/per_cpu" "$dir/before/proc/sys/vm" "$dir/after/proc"
cp -r "$raw/formats/events" "$dir/tracing/events"
cp "$raw/formats/header_page" "$raw/formats/header_event" "$dir/tracing/events/"
cp "$raw/trace/clock" "$dir/tracing/trace_clock"
cp "$raw/trace/saved_cmdlines" "$dir/tracing/"
cp "$raw/formats/uname" "$dir/uname"
for data in "$raw"/trace/cpu*.raw; do
	cpu=$(basename "$data" .raw)
	mkdir -p "$dir/tracing/per_cpu/$cpu"
	ln -sf "$data" "$dir/tracing/per_cpu/$cpu/trace_pipe_raw"
	cp "$raw/trace/$cpu.stats" "$dir/tracing/per_cpu/$cpu/stats"
done
for snap in before after; do
	for file in "$raw/$snap"/*; do
		case ${file##*/} in kpagecount|kpagecgroup) continue ;; esac
		ln -sf "$file" "$dir/$snap/proc/"
	done
done
cp "$raw/formats/cmdline" "$dir/before/proc/cmdline"
while read -r name _ value; do
	echo "$value" >"$dir/before/proc/sys/vm/$name"
done <"$raw/formats/sysctl-vm"
