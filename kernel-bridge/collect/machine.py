# SPDX-License-Identifier: GPL-2.0-only
"""What a trace must say about the machine it comes from."""

import glob
import os

TUNABLES = ("migration_cost_ns", "nr_migrate", "latency_ns", "min_granularity_ns", "wakeup_granularity_ns")


def read(path):
    """The text of a file, "" if it cannot be read."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def tunables():
    """Scheduler tunables, from debugfs (since 5.13) or sysctl."""
    found = {}
    for name in TUNABLES:
        text = read("/sys/kernel/debug/sched/" + name) or read("/proc/sys/kernel/sched_" + name)
        if text.strip().lstrip("-").isdigit():
            found[name] = int(text)
    return found


def domains():
    """Name and cache_nice_tries of each domain level of CPU 0."""
    levels = []
    for folder in sorted(glob.glob("/sys/kernel/debug/sched/domains/cpu0/domain*")):
        name = read(folder + "/name").strip()
        levels.append({"name": name, "cache_nice_tries": read(folder + "/cache_nice_tries").strip()})
    return levels


def chip():
    model = ""
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return "%s, %d CPUs" % (model or "unknown processor", os.cpu_count() or 0)


def describe():
    return {"kernel": os.uname().release, "chip": chip(), "cpus": os.cpu_count(), "tunables": tunables(), "domains": domains()}
