#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Measures how long one loop of rt-app takes while every CPU is busy, and writes each file FROM to TO with that length.

    rtapp-calibrate.py FROM TO [FROM TO ...]

Prints "rt-app loop: N ns".

One thread on each CPU loops for some rounds, and rt-app's log says how many loops a round had and how long it took. Only rounds during
which all threads were at work count, so starting and ending have no part in it: neither what the machine waits for then (in virtual
time a wait of all CPUs takes as long as the host likes) nor that a CPU is faster while others are idle. CPUs of one stream of
instructions are not equally fast, as each has its turn at another distance from the timer interrupts; what they do together is always the
same. So the length is that at which equal CPUs would do as much.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

# Of a measurement and of one of its rounds (us).
LENGTH = 1000000
ROUND = 50000
# Two measurements in a row must agree as well as that.
AGREEMENT = 0.01
TRIES = 6


def programme(folder):
    """An rt-app file with a busy thread on each CPU."""
    cpus = sorted(os.sched_getaffinity(0))
    tasks = ", ".join('"cpu%d": { "loop": -1, "cpus": [%d], "runtime": %d }' % (cpu, cpu, ROUND) for cpu in cpus)
    settings = '"duration": %d, "calibration": 100, "lock_pages": false, "logdir": "%s"' % (LENGTH // 1000000, folder)
    return '{ "global": { %s }, "tasks": { %s } }' % (settings, tasks), len(cpus)


def measure():
    """Nanoseconds of a loop; 0 where a thread had no round beside the others."""
    with tempfile.TemporaryDirectory() as folder:
        text, threads = programme(folder)
        path = os.path.join(folder, "calibrate.json")
        with open(path, "w") as file:
            file.write(text)
        ran = subprocess.run(["rt-app", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        logs = [rounds(log) for log in glob.glob(folder + "/*.log")]
    if ran.returncode != 0:
        sys.exit("rt-app cannot be calibrated, exit code %d: %s" % (ran.returncode, ran.stdout.strip()[-300:]))
    if len(logs) != threads or not all(logs):
        return 0
    begin = max(log[0][2] for log in logs)
    end = min(log[-1][3] for log in logs)
    inside = [[(loops, us) for loops, us, start, stop in log if begin <= start and stop <= end] for log in logs]
    speeds = [sum(loops for loops, _ in log) / max(1, sum(us for _, us in log)) for log in inside]
    return 1000 * threads / sum(speeds) if all(speeds) else 0


def rounds(path):
    """Loops, duration, start and end (us) of each round of a thread."""
    found = []
    with open(path) as file:
        for line in file:
            words = line.split()
            if len(words) > 5 and words[0].isdigit():
                found.append((int(words[1]), int(words[2]), int(words[4]), int(words[5])))
    return found


def steady():
    """A length that two measurements in a row agree on."""
    seen = [measure()]
    while len(seen) < TRIES:
        seen.append(measure())
        last, before = seen[-1], seen[-2]
        if min(last, before) > 0 and abs(last - before) <= AGREEMENT * last:
            return round((last + before) / 2)
    sys.exit("rt-app's loop has no steady length; measured, in ns: " + ", ".join("%.0f" % ns for ns in seen))


def calibrated(text, loop):
    """The text of an rt-app file with the length of a loop set, whatever else is in it."""
    value = '"calibration": %d' % loop
    text, found = re.subn(r'"calibration"\s*:\s*("[^"]*"|-?\d+)', value, text)
    if not found:
        text, found = re.subn(r'("global"\s*:\s*\{)', r"\1 " + value + ",", text, count=1)
    return text if found else text.replace("{", '{ "global": { ' + value + " },", 1)


def main():
    paths = sys.argv[1:]
    if not paths or len(paths) % 2:
        sys.exit(__doc__.strip())
    loop = steady()
    print("rt-app loop: %d ns" % loop, flush=True)
    for source, target in zip(paths[::2], paths[1::2]):
        with open(source) as file:
            text = file.read()
        with open(target, "w") as file:
            file.write(calibrated(text, loop))


if __name__ == "__main__":
    main()
