#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records the static tracepoints of the patched kernel while a command runs, without BCC.

    trace_events.py --out FOLDER [--duration S] [--buffer-kb N] [-- COMMAND ...]

Writes, per CPU, the raw ring-buffer pages as cpuN.pages, the two event formats, the page header's format, and
collector.json. trace-pages.ts reads them. The command's exit code is returned.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import describe, read  # noqa: E402

TRACING = "/sys/kernel/tracing"
EVENTS = ("ml_can_migrate", "ml_detach")


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--duration", type=float)
    parser.add_argument("--buffer-kb", type=int, default=16384, help="per CPU")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command and options.duration is None:
        parser.error("give a command or --duration")
    if command and not shutil.which(command[0]):
        sys.exit("trace_events.py: no program %s" % command[0])
    if not os.path.isdir(TRACING + "/events/ml_migrate"):
        sys.exit("trace_events.py: this kernel has no events ml_migrate: it is not the patched one")

    instance = TRACING + "/instances/nicetries"
    os.makedirs(instance, exist_ok=True)
    write(instance + "/trace_clock", "mono")
    write(instance + "/buffer_size_kb", str(options.buffer_kb))
    for name in EVENTS:
        text = read("%s/events/ml_migrate/%s/format" % (TRACING, name))
        write(os.path.join(options.out, name + ".format"), text)
    pages = Pages(instance, options.out)
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.append(1))
    write(instance + "/events/ml_migrate/enable", "1")
    before = {"schedstat": read("/proc/schedstat"), "time": time.monotonic()}
    child = subprocess.Popen(command, start_new_session=True) if command else None
    end = time.monotonic() + options.duration if options.duration is not None else float("inf")
    while not stopping and time.monotonic() < end:
        if child and child.poll() is not None:
            break
        if not pages.drain():
            time.sleep(0.05)
    code = 0
    if child and child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait()
    elif child:
        code = child.returncode
    after = {"schedstat": read("/proc/schedstat"), "time": time.monotonic()}
    write(instance + "/events/ml_migrate/enable", "0")
    lost = lost_events(instance)
    while pages.drain():
        pass
    pages.close()
    os.rmdir(instance)
    counters = dict(line.split() for line in read("/sys/kernel/debug/ml_migrate/counters").splitlines())
    sidecar = {
        "collector": "tracepoint",
        "label": "returned value",
        "constants": {},
        "counts": {"lost": lost},
        "nmissed": {},
        "counters": {name: int(value) for name, value in counters.items()},
        "mode": read("/sys/kernel/debug/ml_migrate/mode").strip(),
        "models": read("/sys/kernel/debug/ml_migrate/models"),
        "before": before,
        "after": after,
        "command": command,
        "exitCode": code,
        **describe(),
    }
    with open(os.path.join(options.out, "collector.json"), "w") as file:
        json.dump(sidecar, file, indent=1)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
