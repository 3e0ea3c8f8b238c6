#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records the static tracepoints of the patched kernel while a command runs, without BCC.

    trace_events.py --out FOLDER [--duration S] [--max-records N] [--buffer-kb N] [--hold] [-- COMMAND ...]

Writes, per CPU, the raw ring-buffer pages as cpuN.pages, the two event formats, and collector.json. trace-pages.ts reads
them. The command's exit code is returned.

With --hold nothing is read or written before the end: the collector only looks now and then how much there is, and
stops before a buffer runs over.
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import read  # noqa: E402
from ring_buffers import TRACING, RingBuffers  # noqa: E402
from session import FULL, Session, argument_parser, parse_arguments, refuse  # noqa: E402

# With --hold: how often the collector looks (s). It is a task among those that are recorded, and shall be there seldom.
LOOK = 1
# Calls that fit into a page of 4096 bytes: how pages count against --max-records.
PER_PAGE = 10


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--buffer-kb", type=int, default=16384, help="per CPU")
    parser.add_argument("--max-records", type=int, help="end after about so many events")
    parser.add_argument("--hold", action="store_true", help="leave the events in the kernel until the end")
    options = parse_arguments(parser)
    if not os.path.isdir(TRACING + "/events/ml_migrate"):
        refuse("this kernel has no events ml_migrate: it is not the patched one")
    events = ["ml_migrate/ml_can_migrate", "ml_migrate/ml_detach"]
    buffers = RingBuffers("nicetries", events, options.buffer_kb, options.out)
    taken = 0

    def step():
        nonlocal taken
        if options.hold:
            if session.wait(LOOK):
                return True
            enough = options.max_records and buffers.statistics("entries") >= options.max_records
            return buffers.fullest() < FULL and not enough
        pages_now = buffers.drain()
        taken += pages_now
        if not pages_now:
            time.sleep(0.05)
        return not (options.max_records and taken * PER_PAGE >= options.max_records)

    session = Session(options)
    buffers.enable(True)
    session.run(step, stop=lambda: buffers.enable(False))
    lost = buffers.lost()
    buffers.remove()
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
