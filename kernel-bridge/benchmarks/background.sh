#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Records who runs when on this machine, into FOLDER: background.sh FOLDER SECONDS COLLECTOR
# Three times: while nothing runs, beside nine busy loops, and beside these while COLLECTOR (trace_events.py) records the balancer, too.
# Files: NAME.ftrace, and kthreads (pids).
set -e
folder=$1
seconds=$2
tracing=/sys/kernel/tracing/instances/nicetries-background
mkdir -p $tracing
echo 16384 >$tracing/buffer_size_kb
for event in sched_switch sched_waking sched_wakeup sched_wakeup_new sched_migrate_task; do
	echo 1 >$tracing/events/sched/$event/enable
done
echo 0 >$tracing/tracing_on

# recorded NAME: what is started by then goes on for so long; nothing is written meanwhile
recorded() {
	sleep 2
	echo >$tracing/trace
	echo 1 >$tracing/tracing_on
	sleep "$seconds"
	echo 0 >$tracing/tracing_on
	cat $tracing/trace >/tmp/nicetries-$1.ftrace
}
recorded idle
for i in 1 2 3 4 5 6 7 8 9; do
	(while :; do :; done) &
	busy="$busy $!"
done
recorded nine-busy
mkdir -p /tmp/nicetries-collector
/usr/bin/python3 "$3" --out /tmp/nicetries-collector --hold --duration $((seconds + 5)) &
recorded nine-recorded
kill $busy
for process in /proc/[0-9]*; do
	[ -n "$(tr -d '\0' <"$process/cmdline" 2>/dev/null)" ] || echo "${process#/proc/}"
done >/tmp/nicetries-kthreads
cp /tmp/nicetries-kthreads "$folder/kthreads"
for name in idle nine-busy nine-recorded; do
	cp /tmp/nicetries-$name.ftrace "$folder/$name.ftrace"
done
