#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs as process 1 from the initramfs: puts the host's root file system under a writable overlay in memory, mounts
# the exchange folder, and hands over to stage 2 inside it. Nothing the guest does reaches the host's files except
# what it writes to the exchange folder.
set -e
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro hostroot /host
$b mount -t tmpfs -o size=75% top /top
$b mkdir /top/upper /top/work
$b mount -t overlay -o lowerdir=/host,upperdir=/top/upper,workdir=/top/work overlay /root
$b mkdir -p /root/proc /root/sys /root/dev /root/tmp /root/run /root/nicetries
$b mount -t sysfs sys /root/sys
$b mount -t devtmpfs dev /root/dev
$b mkdir -p /root/dev/pts /root/dev/shm
$b mount -t devpts pts /root/dev/pts
$b mount -t tmpfs shm /root/dev/shm
# /tmp stays the host's, under the overlay like the rest: a checkout may lie there.
$b chmod 1777 /root/tmp /root/dev/shm
$b mount -t tmpfs run /root/run
$b mount -t debugfs debug /root/sys/kernel/debug
$b mount -t tracefs trace /root/sys/kernel/tracing
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none exchange /root/nicetries
$b mount -t cgroup2 cgroup /root/sys/fs/cgroup 2>/dev/null || true
$b umount /proc
$b mount -t proc proc /root/proc
$b cp /bin/busybox /root/run/busybox
# Stage 2 reads its orders from the exchange folder; process 1 must not end, so it is busybox that waits.
exec $b switch_root /root /run/busybox sh /nicetries/stage2.sh
