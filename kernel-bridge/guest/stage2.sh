# SPDX-License-Identifier: GPL-2.0-only
# Process 1 on the overlaid root. The command's terminal is the second serial line; the first is the kernel's log.
b=/run/busybox
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
$b hostname nicetries-guest
$b ip link set lo up 2>/dev/null
line=/dev/ttyS1
$b echo "nicetries: guest ready" >/dev/ttyS0
if [ -e /nicetries/interactive ]; then
	export TERM="$($b cat /nicetries/interactive)"
	$b setsid -c /bin/sh /nicetries/command.sh <$line >$line 2>&1
else
	$b stty -F $line raw -echo 2>/dev/null
	/bin/sh /nicetries/command.sh </dev/null >$line 2>&1
fi
code=$?
echo $code >/nicetries/exit-code
$b sync
$b sleep 0.2
$b reboot -f
$b sleep 60
