#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# Process 1 of a guest whose whole root is in its memory: nothing is asked of the host before the command has ended, so that the
# host's clock has no say in what happens. What the command leaves in /nicetries is handed over then.
b=/bin/busybox
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
$b mkdir -p /dev/pts /dev/shm
$b mount -t devpts pts /dev/pts
$b mount -t tmpfs shm /dev/shm
$b chmod 1777 /tmp /dev/shm
$b mount -t debugfs debug /sys/kernel/debug
$b mount -t tracefs trace /sys/kernel/tracing
$b mount -t cgroup2 cgroup /sys/fs/cgroup 2>/dev/null
$b hostname nicetries-guest
$b ip link set lo up 2>/dev/null
$b echo "nicetries: guest ready" >/dev/ttyS0
/bin/sh /nicetries/command.sh </dev/null >/tmp/nicetries-output 2>&1
code=$?
$b mkdir -p /host
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none exchange /host
$b stty -F /dev/ttyS1 raw -echo
$b cat /tmp/nicetries-output >/dev/ttyS1
$b cp -r /nicetries/. /host/
echo $code >/host/exit-code
$b sync
$b sleep 0.2
$b reboot -f
$b sleep 60
