# SPDX-License-Identifier: GPL-2.0-only
"""What both collectors do: run a command while something is recorded, and write down on which machine."""

import argparse
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time

from machine import describe, read
from schedule import Schedule

# What a command gets to end by itself when recording is over (s).
GRACE = 10
# The share of a buffer at which recording ends, so that nothing is overwritten.
FULL = 0.9
# How often the buffers of the schedule are looked at (s).
LOOK = 1


def argument_parser(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--duration", type=float)
    parser.add_argument("--schedule-kb", type=int, help="record who runs when, too, into buffers of so much per CPU")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser


def parse_arguments(parser):
    """The options; `command` is a list of words, empty for none."""
    options = parser.parse_args()
    if options.command[:1] == ["--"]:
        del options.command[0]
    if not options.command and options.duration is None:
        parser.error("give a command or --duration")
    if options.command and not shutil.which(options.command[0]):
        refuse("no program %s" % options.command[0])
    return options


def refuse(why):
    sys.exit("%s: %s" % (os.path.basename(sys.argv[0]), why))


class Session:
    """One recording: until its command ends, its duration is over, a signal comes, or `step` returns False."""

    def __init__(self, options):
        self.options = options
        self.code = 0
        self.before = self.after = None
        self.end = float("inf")
        self.child_ends = []
        self.schedule = Schedule(options.out, options.schedule_kb) if options.schedule_kb else None

    def run(self, step, stop=lambda: None):
        """Calls `step` over and over, then `stop`; then ends the command."""
        stopping = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.append(1))
        command, duration = self.options.command, self.options.duration
        if self.schedule:
            self.schedule.start()
        self.before = statistics()
        child = subprocess.Popen(command, start_new_session=True) if command else None
        if child:
            self.child_ends.append(os.pidfd_open(child.pid))
        if duration is not None:
            self.end = time.monotonic() + duration
        look = time.monotonic() + LOOK
        while not stopping and time.monotonic() < self.end and not (child and child.poll() is not None):
            if step() is False:
                break
            if self.schedule and time.monotonic() >= look:
                look = time.monotonic() + LOOK
                if self.schedule.full(FULL):
                    break
        if self.schedule:
            self.schedule.stop()
        self.after = statistics(child)
        stop()
        if child and child.poll() is None:
            end_group(child)
        elif child:
            self.code = child.returncode

    def wait(self, seconds):
        """Sleeps so long, or until the recording is over, which is the answer; a signal is seen afterwards."""
        ended, _, _ = select.select(self.child_ends, [], [], max(0, min(seconds, self.end - time.monotonic())))
        return bool(ended) or time.monotonic() >= self.end

    def finish(self, **found):
        """Writes collector.json with what was found, and exits with the command's code."""
        if self.schedule:
            found["schedule"] = self.schedule.finish()
        sidecar = {
            **found,
            "before": self.before,
            "after": self.after,
            "command": self.options.command,
            "exitCode": self.code,
            **describe(),
        }
        with open(os.path.join(self.options.out, "collector.json"), "w") as file:
            json.dump(sidecar, file, indent=1)
        sys.exit(self.code if self.code >= 0 else 128 - self.code)


def statistics(child=None):
    """The machine's counters and, of the command's process, the time of its threads: that first, as each step takes time."""
    run = run_time(child.pid) if child else 0
    now = time.monotonic()
    schedstat = read("/proc/schedstat")
    return {"schedstat": schedstat, "time": now, "own": {"run": run, "wait": wait_time(child.pid) if child else 0}}


def run_time(process):
    """
    How long the threads of a process have run, those that have ended included, ns: its clock as clock_getcpuclockid(3) gives it.
    /proc/schedstat knows of a thread's time only once it has left its CPU.
    """
    try:
        return time.clock_gettime_ns((~process << 3) | 2)
    except OSError:
        return 0


def wait_time(process):
    """How long the threads that a process has now have waited for a CPU, ns."""
    folder = "/proc/%d/task" % process
    try:
        threads = os.listdir(folder)
    except OSError:
        return 0
    readings = (read("%s/%s/schedstat" % (folder, thread)).split() for thread in threads)
    return sum(int(reading[1]) for reading in readings if len(reading) > 1)


def end_group(child):
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
