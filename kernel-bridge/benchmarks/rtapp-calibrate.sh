#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Measures how long one loop of rt-app takes while every CPU is busy, and writes the file FROM to TO with that length:
#     rtapp-calibrate.sh FROM TO
# Prints "rt-app loop: N ns".
set -e
folder=$(mktemp -d)
busy=
trap 'kill $busy 2>/dev/null; rm -rf "$folder"' EXIT
cpu=1
while [ $cpu -lt "$(nproc)" ]; do
	taskset -c $cpu sh -c 'while :; do :; done' &
	busy="$busy $!"
	cpu=$((cpu + 1))
done
cat >"$folder/calibrate.json" <<END
{ "global": { "duration": 1, "calibration": "CPU0", "lock_pages": false, "logdir": "$folder" },
  "tasks": { "one": { "loop": 1, "cpus": [0], "run": 1 } } }
END
loop=$(rt-app "$folder/calibrate.json" 2>&1 | sed -n 's/.*pLoad = \([0-9]*\)ns.*/\1/p')
[ -n "$loop" ] || { echo "rt-app does not say how long its loop takes" >&2; exit 1; }
echo "rt-app loop: $loop ns"
python3 - "$1" "$2" "$loop" <<'END'
import re, sys
text = open(sys.argv[1]).read()
value = '"calibration": ' + sys.argv[3]
text, found = re.subn(r'"calibration"\s*:\s*("[^"]*"|-?\d+)', value, text)
if not found:
    text, found = re.subn(r'("global"\s*:\s*\{)', r'\1 ' + value + ",", text, count=1)
if not found:
    text = text.replace("{", '{ "global": { ' + value + " },", 1)
open(sys.argv[2], "w").write(text)
END
