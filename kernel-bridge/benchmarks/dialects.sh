# SPDX-License-Identifier: GPL-2.0-only
# Records a small load with every recorder that people have; runs in a guest, leaves its files in /nicetries/dialects.
set -e
mkdir -p /tmp/dialects /nicetries/dialects
cd /tmp/dialects
out=/nicetries/dialects
tracing=/sys/kernel/tracing
events="sched_switch sched_waking sched_wakeup sched_wakeup_new sched_migrate_task sched_process_fork sched_process_exit"

# Forks, pipes, and names of tasks that readers stumble over: busybox under names that it does not know, which end at once.
cp /bin/busybox "Web Content"
cp /bin/busybox "a:7 [9] x=1"
cat >load.sh <<'LOAD'
i=0
while [ $i -lt 8 ]; do
	"/tmp/dialects/Web Content" sleep 0.003 2>/dev/null &
	"/tmp/dialects/a:7 [9] x=1" sleep 0.002 2>/dev/null
	/usr/bin/seq 300 | /usr/bin/sort | "/tmp/dialects/Web Content" tail -1 2>/dev/null
	i=$((i + 1))
done
wait
LOAD

start() {
	for event in $events; do echo 1 >$tracing/events/sched/$event/enable; done
	echo 1 >$tracing/tracing_on
}
stop() {
	echo 0 >$tracing/tracing_on
	for event in $events; do echo 0 >$tracing/events/sched/$event/enable; done
}
record() { # record FILE TIMES: what ftrace itself prints of the load, so many times
	echo >$tracing/trace
	start
	for time in $(seq $2); do sh load.sh; done
	stop
	cat $tracing/trace >$out/$1
}

stop
echo mono >$tracing/trace_clock
record trace.txt 1
echo 1 >$tracing/options/record-tgid
record trace-tgid.txt 1
echo 0 >$tracing/options/record-tgid
echo 0 >$tracing/options/irq-info
cat $tracing/trace >$out/trace-no-irq-info.txt
echo 1 >$tracing/options/irq-info
echo 1 >$tracing/options/latency-format
cat $tracing/trace >$out/trace-latency-format.txt
echo 0 >$tracing/options/latency-format

# Read while it is written: the reader is in it, too.
echo >$tracing/trace
timeout 20 cat $tracing/trace_pipe >$out/trace_pipe.txt &
sleep 0.5
start
sh load.sh
stop
sleep 1
kill %1 || true
wait

echo 64 >$tracing/buffer_size_kb
record trace-overwritten.txt 4
echo 1408 >$tracing/buffer_size_kb
echo >$tracing/trace
echo local >$tracing/trace_clock

trace-cmd record -q $(printf -- '-e %s ' $events) -o $out/trace.dat sh load.sh
perf record -q -a -e $(printf 'sched:%s,' $events | sed 's/,$//') -o $out/perf.data sh load.sh
