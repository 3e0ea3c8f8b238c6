#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs a command whose threads are in control groups: groups.py GROUPS.json COMMAND [ARGUMENT ...]

GROUPS.json is what `nicetries simulate --groups` takes: paths, and what is written to the files of each. A thread goes
into the first group one of whose cgroup.threads fits its name, as soon as it has that name. The groups are threaded, so
that threads of one process can be in several; what they have counted is printed at the end.
"""

import fnmatch
import json
import os
import signal
import subprocess
import sys
import time

ROOT = "/sys/fs/cgroup"
# Threads get their names in the first moments; later ones are looked for less often.
LOOKS = [0.05] * 20 + [0.5] * 10


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def make(groups):
    """The groups, from the top down, with what is written to their files."""
    write(ROOT + "/cgroup.subtree_control", "+cpu +cpuset")
    for path in sorted(groups):
        folder = ROOT + path
        os.makedirs(folder, exist_ok=True)
        write(folder + "/cgroup.type", "threaded")
        if any(other.startswith(path + "/") for other in groups):
            write(folder + "/cgroup.subtree_control", "+cpu +cpuset")
        for name, content in groups[path].items():
            if name != "cgroup.threads":
                write(folder + "/" + name, str(content))


def attach(pid, patterns, known):
    """Puts the process's threads that have got a name that fits into their groups."""
    for thread in os.listdir("/proc/%d/task" % pid):
        if thread in known:
            continue
        with open("/proc/%d/task/%s/comm" % (pid, thread)) as file:
            comm = file.read().rstrip("\n")
        for pattern, path in patterns:
            if fnmatch.fnmatchcase(comm, pattern):
                write(ROOT + path + "/cgroup.threads", thread)
                known.add(thread)
                break


def main():
    groups = json.load(open(sys.argv[1]))
    patterns = []
    for path, settings in groups.items():
        names = settings.get("cgroup.threads", [])
        patterns += [(name, path) for name in (names.split() if isinstance(names, str) else names)]
    make(groups)
    child = subprocess.Popen(sys.argv[2:])
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    known = set()
    looks = list(LOOKS)
    while looks and child.poll() is None:
        time.sleep(looks.pop(0))
        try:
            attach(child.pid, patterns, known)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile
    code = child.wait()
    for path in sorted(groups):
        counted = open(ROOT + path + "/cpu.stat").read().split("\n")
        print(path, " ".join(line for line in counted if line), file=sys.stderr)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
