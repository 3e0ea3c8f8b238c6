#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The desktop mix beside a control group that has used up its quota half of the time: desktop.sh PROGRAM SECONDS
program=$1
seconds=$2
group=/sys/fs/cgroup/nicetries-quota
if echo +cpu >/sys/fs/cgroup/cgroup.subtree_control && mkdir -p $group && echo "60000 40000" >$group/cpu.max; then
	for i in 1 2 3 4; do
		(
			sh -c 'echo $PPID' >$group/cgroup.procs
			while :; do :; done
		) &
		busy="$busy $!"
	done
fi
"$program" "$seconds"
code=$?
[ -z "$busy" ] || kill $busy
exit $code
