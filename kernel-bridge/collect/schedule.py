# SPDX-License-Identifier: GPL-2.0-only
"""Who ran when, beside the decisions: the scheduler's own tracepoints, kept in the kernel until the end."""

import os

from ring_buffers import RingBuffers

# sched_wakeup is left out: sched_waking says who woke, sched_migrate_task where to.
EVENTS = (
    "sched/sched_switch",
    "sched/sched_waking",
    "sched/sched_wakeup_new",
    "sched/sched_migrate_task",
    "sched/sched_process_fork",
    "sched/sched_process_exit",
)


class Schedule:
    """Records into FOLDER/schedule from start() to stop()."""

    def __init__(self, out, kb):
        self.buffers = RingBuffers("nicetries-schedule", EVENTS, kb, os.path.join(out, "schedule"))

    def start(self):
        self.buffers.enable(True)

    def full(self, share):
        return self.buffers.fullest() >= share

    def stop(self):
        self.buffers.enable(False)

    def finish(self):
        lost = self.buffers.lost()
        self.buffers.remove()
        return {"lost": lost}
