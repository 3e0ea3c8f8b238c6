#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Measures how long one loop of rt-app takes while every CPU is busy, and writes each file FROM to TO with that length:
#     rtapp-calibrate.sh FROM TO ...
# Prints "rt-app loop: N ns".
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Every CPU runs a number of loops; prints how long that took, with starting rt-app, in ns. A loop is taken for 100 ns here: 10 a us.
loops() {
	{
		echo '{ "global": { "duration": -1, "calibration": 100, "lock_pages": false, "logdir": "'"$folder"'" }, "tasks": {'
		cpu=0
		while [ $cpu -lt "$(nproc)" ]; do
			[ $cpu -eq 0 ] || echo ,
			# with a phase of its own the thread ends after it; a bare "run" would go on for ever
			echo '"cpu'$cpu'": { "loop": 1, "cpus": ['$cpu'], "phases": { "once": { "loop": 1, "run": '$(($1 / 10))' } } }'
			cpu=$((cpu + 1))
		done
		echo '} }'
	} >"$folder/calibrate.json"
	begin=$(date +%s%N)
	rt-app "$folder/calibrate.json" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
	echo $(($(date +%s%N) - begin))
}
few=$(loops 20000)
many=$(loops 170000)
loop=$(((many - few) / 150000))
[ "$loop" -gt 0 ] || { echo "rt-app's loop takes no time" >&2; exit 1; }
echo "rt-app loop: $loop ns"
python3 - "$loop" "$@" <<'END'
import re, sys
value = '"calibration": ' + sys.argv[1]
words = sys.argv[2:]
while words:
    text = open(words[0]).read()
    text, found = re.subn(r'"calibration"\s*:\s*("[^"]*"|-?\d+)', value, text)
    if not found:
        text, found = re.subn(r'("global"\s*:\s*\{)', r'\1 ' + value + ",", text, count=1)
    if not found:
        text = text.replace("{", '{ "global": { ' + value + " },", 1)
    open(words[1], "w").write(text)
    del words[:2]
END
