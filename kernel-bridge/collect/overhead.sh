#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run time of hackbench without and with the BCC collector, in one guest:
#	nicetries kernel boot --time-limit 3000 -- sh kernel-bridge/collect/overhead.sh [RUNS]
# Prints one line a run: "without|with SECONDS". Runs without the collector come before and after those with it.
here=$(dirname "$0")
runs=${1:-5}
out=$(mktemp -d)
once() { hackbench -g 2 -l 100 | sed -n "s/^Time:/$1/p"; }
many() { i=0; while [ $i -lt "$runs" ]; do once "$1"; i=$((i + 1)); done; }
[ "$2" = inside ] && { many with; exit; }
once warm-up > /dev/null
many without
/usr/bin/python3 "$here/collect.py" --out "$out" -- sh "$0" "$runs" inside
many without
rm -r "$out"
