# SPDX-License-Identifier: GPL-2.0-only
"""A tracing instance of our own: its ring buffers, what is in them, and what they have lost."""

import os

from machine import read

TRACING = "/sys/kernel/tracing"


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


class RingBuffers:
    """Makes the instance and writes the formats of its events (names such as sched/sched_switch) to a folder."""

    def __init__(self, name, events, kb, out):
        self.path = TRACING + "/instances/" + name
        self.events = events
        os.makedirs(self.path, exist_ok=True)
        os.makedirs(out, exist_ok=True)
        write(self.path + "/tracing_on", "0")
        write(self.path + "/trace_clock", "mono")
        write(self.path + "/buffer_size_kb", str(kb))
        for event in events:
            text = read("%s/events/%s/format" % (TRACING, event))
            write(os.path.join(out, os.path.basename(event) + ".format"), text)
        self.cpus = sorted(os.listdir(self.path + "/per_cpu"))
        self.pairs = []
        for cpu in self.cpus:
            source = os.open("%s/per_cpu/%s/trace_pipe_raw" % (self.path, cpu), os.O_RDONLY | os.O_NONBLOCK)
            self.pairs.append((source, open(os.path.join(out, cpu + ".pages"), "wb")))

    def enable(self, on):
        """All events from the same moment on, and up to the same: to switch them one by one takes a busy machine a while."""
        if not on:
            write(self.path + "/tracing_on", "0")
        for event in self.events:
            write("%s/events/%s/enable" % (self.path, event), str(int(on)))
        if on:
            write(self.path + "/tracing_on", "1")

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

    def flush(self):
        """What was drained is in the files."""
        for _, target in self.pairs:
            target.flush()

    def statistics(self, *names):
        """The sum of such counts of all CPUs."""
        return sum(count for key, count in self._counts() if key in names)

    def _counts(self):
        for cpu in self.cpus:
            for line in read("%s/per_cpu/%s/stats" % (self.path, cpu)).splitlines():
                key, _, value = line.partition(":")
                if value.strip().isdigit():
                    yield key, int(value)

    def fullest(self):
        """The share of the fullest CPU's buffer that is in use (0 to 1)."""
        size = int(read(self.path + "/buffer_size_kb").split()[0]) * 1024
        return max(count / size for key, count in self._counts() if key == "bytes")

    def lost(self):
        """Events overwritten or dropped, by the ring buffer's own count."""
        return self.statistics("overrun", "commit overrun", "dropped events")

    def remove(self):
        """Copies the rest and gives the memory back."""
        while self.drain():
            pass
        for source, target in self.pairs:
            os.close(source)
            target.close()
        os.rmdir(self.path)
