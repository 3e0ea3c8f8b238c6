#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs rt-app with its threads in control groups, which rt-app 1.0 does not know of:
#     rtapp-groups.sh FILE NAME=GROUP ...
# Threads of that name go to the group as soon as they are there. All groups are threaded children of the root group.
file=$1
shift
root=/sys/fs/cgroup
for pair in "$@"; do
	above=$root
	rest=${pair#*=/}
	while [ -n "$rest" ]; do
		echo +cpu >"$above/cgroup.subtree_control" || exit 126
		above=$above/${rest%%/*}
		[ -d "$above" ] || { mkdir "$above" && echo threaded >"$above/cgroup.type"; } || exit 126
		case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
	done
done
process=$$
(
	moved=" "
	round=0
	while [ $round -lt 25 ]; do
		for thread in /proc/$process/task/*; do
			number=${thread##*/}
			case $moved in *" $number "*) continue ;; esac
			read -r name 2>/dev/null <"$thread/comm" || continue
			for pair in "$@"; do
				[ "$name" = "${pair%%=*}" ] || continue
				echo "$number" >"$root/${pair#*=/}/cgroup.threads" && moved="$moved$number "
			done
		done
		sleep 0.01
		round=$((round + 1))
	done
) &
exec rt-app "$file"
