#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The BPF object that builds without clang take is the one that the source gives.  Compilers differ in what they
# make of it, so only the one that made it is asked.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

made=${2:-.}/lib/exact/made/exact.bpf.o kept=lib/exact/bpf/exact.bpf.o
[ -f "$made" ] || { echo "no BPF object was compiled in this build"; exit 77; }
version=$(clang --version 2>/dev/null | sed -n 1p)
[ "$version" = "$(cat lib/exact/bpf/compiler)" ] || { echo "another compiler: $version"; exit 77; }
cmp -s "$made" "$kept" || echo "$kept:1: is not what the source gives: make update-bpf" >"$findings"
conclude "$findings"
