#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records the static tracepoints of the patched kernel while a command runs, without BCC.

    trace_events.py --out FOLDER [--duration S] [--max-records N] [--buffer-kb N] [--hold] [-- COMMAND ...]

Writes, per CPU, the raw ring-buffer pages as cpuN.pages, the two event formats, the page header's format, and
collector.json. trace-pages.ts reads them. The command's exit code is returned.

With --hold nothing is read or written before the end: the collector only looks now and then how much there is, and
stops before a buffer runs over.
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import read  # noqa: E402
from session import Session, argument_parser, parse_arguments, refuse  # noqa: E402

TRACING = "/sys/kernel/tracing"
EVENTS = ("ml_can_migrate", "ml_detach")

# With --hold: the share of a buffer at which recording ends, so that nothing is overwritten.
FULL = 0.9
# With --hold: how often the collector looks (s). It is a task among those that are recorded, and shall be there seldom.
LOOK = 1
# Calls that fit into a page of 4096 bytes: how pages count against --max-records.
PER_PAGE = 10


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


class Pages:
    """The non-blocking ends of one tracing instance, and the files they are copied to."""

    def __init__(self, instance, out):
        self.pairs = []
        for name in sorted(os.listdir(instance + "/per_cpu")):
            source = os.open("%s/per_cpu/%s/trace_pipe_raw" % (instance, name), os.O_RDONLY | os.O_NONBLOCK)
            self.pairs.append((source, open(os.path.join(out, name + ".pages"), "wb")))

    def drain(self):
        """Copies what is there; a read gives one page, filled up or not."""
        taken = 0
        for source, target in self.pairs:
            while True:
                try:
                    page = os.read(source, 4096)
                except BlockingIOError:
                    break
                if not page:
                    break
                target.write(page.ljust(4096, b"\0"))
                taken += 1
        return taken

    def close(self):
        for source, target in self.pairs:
            os.close(source)
            target.close()


def recorded(instance):
    """Calls recorded so far, and the share of the fullest CPU's buffer that is in use (0 to 1)."""
    calls, fullest = 0, 0
    size = int(read(instance + "/buffer_size_kb").split()[0]) * 1024
    for name in os.listdir(instance + "/per_cpu"):
        for line in read("%s/per_cpu/%s/stats" % (instance, name)).splitlines():
            key, _, value = line.partition(":")
            if key == "entries":
                calls += int(value)
            elif key == "bytes":
                fullest = max(fullest, int(value) / size)
    return calls, fullest


def lost_events(instance):
    """Events overwritten or dropped, by the ring buffer's own count."""
    lost = 0
    for name in os.listdir(instance + "/per_cpu"):
        for line in read("%s/per_cpu/%s/stats" % (instance, name)).splitlines():
            key, _, value = line.partition(":")
            if key in ("overrun", "commit overrun", "dropped events"):
                lost += int(value)
    return lost


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--buffer-kb", type=int, default=16384, help="per CPU")
    parser.add_argument("--max-records", type=int, help="end after about so many events")
    parser.add_argument("--hold", action="store_true", help="leave the events in the kernel until the end")
    options = parse_arguments(parser)
    if not os.path.isdir(TRACING + "/events/ml_migrate"):
        refuse("this kernel has no events ml_migrate: it is not the patched one")

    instance = TRACING + "/instances/nicetries"
    os.makedirs(instance, exist_ok=True)
    write(instance + "/trace_clock", "mono")
    write(instance + "/buffer_size_kb", str(options.buffer_kb))
    for name in EVENTS:
        text = read("%s/events/ml_migrate/%s/format" % (TRACING, name))
        write(os.path.join(options.out, name + ".format"), text)
    pages = Pages(instance, options.out)

    taken = 0

    def step():
        nonlocal taken
        if options.hold:
            if session.wait(LOOK):
                return True
            calls, fullest = recorded(instance)
            return fullest < FULL and not (options.max_records and calls >= options.max_records)
        pages_now = pages.drain()
        taken += pages_now
        if not pages_now:
            time.sleep(0.05)
        return not (options.max_records and taken * PER_PAGE >= options.max_records)

    session = Session(options)
    write(instance + "/events/ml_migrate/enable", "1")
    session.run(step, stop=lambda: write(instance + "/events/ml_migrate/enable", "0"))
    lost = lost_events(instance)
    while pages.drain():
        pass
    pages.close()
    os.rmdir(instance)
    counters = dict(line.split() for line in read("/sys/kernel/debug/ml_migrate/counters").splitlines())
    session.finish(
        collector="tracepoint",
        label="returned value",
        constants={},
        counts={"lost": lost},
        nmissed={},
        counters={name: int(value) for name, value in counters.items()},
        mode=read("/sys/kernel/debug/ml_migrate/mode").strip(),
        models=read("/sys/kernel/debug/ml_migrate/models"),
    )


if __name__ == "__main__":
    main()
