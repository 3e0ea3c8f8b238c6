#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records every can_migrate_task() call while a command runs, with BCC.

    collect.py --out FOLDER [--pid N] [--comm NAME] [--duration S] [--max-records N] [-- COMMAND ...]

Writes records.bin (see record.h) and collector.json: losses, tunables, /proc/schedstat before and after.
Runs on the host or in a guest, as root, on stock and patched kernels with BTF. The command's exit code is returned.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import read  # noqa: E402
from session import Session, argument_parser, parse_arguments, refuse  # noqa: E402

FUNCTION = "can_migrate_task"

OFFSETS = [
    ("PID", "task_struct", "pid"), ("TGID", "task_struct", "tgid"), ("COMM", "task_struct", "comm"),
    ("SE", "task_struct", "se"), ("SE_LOAD_AVG", "task_struct", "se.avg.load_avg"),
    ("SE_UTIL_AVG", "task_struct", "se.avg.util_avg"), ("SE_VRUNTIME", "task_struct", "se.vruntime"),
    ("SE_NR_MIGRATIONS", "task_struct", "se.nr_migrations"), ("SE_EXEC_START", "task_struct", "se.exec_start"),
    ("ON_CPU", "task_struct", "on_cpu"), ("ON_RQ", "task_struct", "on_rq"),
    ("POLICY", "task_struct", "policy"), ("STATIC_PRIO", "task_struct", "static_prio"),
    ("FLAGS", "task_struct", "flags"), ("CPUS_PTR", "task_struct", "cpus_ptr"),
    ("WORKER_PRIVATE", "task_struct", "worker_private"),
    ("ENV_SD", "lb_env", "sd"), ("ENV_SRC_RQ", "lb_env", "src_rq"), ("ENV_DST_RQ", "lb_env", "dst_rq"),
    ("ENV_SRC_CPU", "lb_env", "src_cpu"), ("ENV_DST_CPU", "lb_env", "dst_cpu"), ("ENV_IDLE", "lb_env", "idle"),
    ("ENV_IMBALANCE", "lb_env", "imbalance"), ("ENV_FLAGS", "lb_env", "flags"), ("ENV_LOOP", "lb_env", "loop"),
    ("ENV_MIGRATION_TYPE", "lb_env", "migration_type"),
    ("SD_FAILED", "sched_domain", "nr_balance_failed"), ("SD_NICE_TRIES", "sched_domain", "cache_nice_tries"),
    ("SD_FLAGS", "sched_domain", "flags"),
    ("RQ_CFS", "rq", "cfs"), ("RQ_LOAD", "rq", "cfs.load.weight"), ("RQ_LOAD_AVG", "rq", "cfs.avg.load_avg"),
    ("RQ_UTIL_AVG", "rq", "cfs.avg.util_avg"),
    ("RQ_CLOCK_TASK", "rq", "clock_task"),
]  # fmt: skip


def definitions(btf, options):
    """The -D flags for the BPF program, and how forced migrations are told apart."""
    defines = {"OFF_" + name: btf.offset(structure, path) for name, structure, path in OFFSETS}
    # Renamed in 6.13; both count the entities on the queue.
    queued = "cfs.nr_running" if btf.has("rq", "cfs.nr_running") else "cfs.nr_queued"
    defines["OFF_RQ_NR_RUNNING"] = btf.offset("rq", queued)

    def optional(flag, *fields):
        defines[flag] = int(all(btf.has(structure, path) for _, structure, path in fields))
        if defines[flag]:
            for name, structure, path in fields:
                defines["OFF_" + name] = btf.offset(structure, path)

    optional("HAVE_SD_NAME", ("SD_NAME", "sched_domain", "name"))
    optional("HAVE_GROUPS", ("SE_CFS_RQ", "task_struct", "se.cfs_rq"))
    optional("HAVE_BUDDIES", ("CFS_NEXT", "cfs_rq", "next"), ("CFS_LAST", "cfs_rq", "last"))
    optional(
        "HAVE_BANDWIDTH", ("TASK_GROUP", "task_struct", "sched_task_group"), ("TG_CFS_RQ", "task_group", "cfs_rq"),
        ("THROTTLE_COUNT", "cfs_rq", "throttle_count"),
    )  # fmt: skip
    # Since 6.1.130 or so the task carries the answer; before that the statistics are counted in the call itself.
    if btf.has("task_struct", "sched_task_hot"):
        bit = btf.bits("task_struct", "sched_task_hot")
        defines.update(LABEL_BY_COUNT=0, OFF_HOT_BYTE=bit // 8, HOT_BIT=bit % 8)
        label = "sched_task_hot"
    else:
        path = "stats.nr_forced_migrations"
        if not btf.has("task_struct", path):
            path = "se.statistics.nr_forced_migrations"
        defines.update(LABEL_BY_COUNT=1, OFF_NR_FORCED=btf.offset("task_struct", path))
        label = "nr_forced_migrations"
    defines["RING_PAGES"] = options.ring_pages
    defines["FILTER_PID"] = options.pid or 0
    flags = ["-D%s=%s" % pair for pair in defines.items()]
    if options.comm:
        letters = ["'\\x%02x'" % byte for byte in options.comm.encode()[:15].ljust(16, b"\0")]
        flags.append("-DFILTER_COMM={%s}" % ",".join(letters))
    return flags, label


def check_symbol():
    """The function must exist under its own name: compilers inline it or make it .isra.0, .constprop.0."""
    names = {line.split()[2] for line in open("/proc/kallsyms") if FUNCTION in line}
    if FUNCTION not in names:
        found = ", ".join(sorted(names)) or "nothing of that name: it was inlined"
        refuse("no symbol %s; found %s. This kernel cannot be recorded by kprobe." % (FUNCTION, found))


def probe_misses():
    """Hits that kprobes themselves lost (third column of kprobe_profile), for our two probes."""
    misses = {}
    for root in ("/sys/kernel/tracing", "/sys/kernel/debug/tracing"):
        for line in read(root + "/kprobe_profile").splitlines():
            words = line.split()
            if len(words) == 3 and FUNCTION in words[0]:
                misses[words[0]] = int(words[2])
        if misses:
            break
    return misses


class Recording:
    """The attached program and the file its records go to."""

    def __init__(self, options, path):
        from bcc import BPF

        import btf

        types = btf.running_kernel()
        flags, self.label = definitions(types, options)
        self.constants = {
            "idle": types.enum("cpu_idle_type"),
            "migration_type": types.enum("migration_type"),
            "SD_SHARE_CPUCAPACITY": types.constant("SD_SHARE_CPUCAPACITY"),
            "LBF_ACTIVE_LB": 0x10,  # a macro, not in BTF; the same since 4.3
        }
        here = os.path.dirname(os.path.abspath(__file__))
        self.bpf = BPF(src_file=os.path.join(here, "can_migrate.bpf.c"), cflags=flags + ["-I" + here])
        self.file = open(path, "wb")
        self.calls = 0
        self.limit = options.max_records
        self.bpf["records"].open_ring_buffer(self._take)
        # The return probe first: returns without an entry are ignored until the first entry.
        self.bpf.attach_kretprobe(event=FUNCTION, fn_name="leave", maxactive=options.maxactive)
        self.bpf.attach_kprobe(event=FUNCTION, fn_name="enter")

    def _take(self, _context, data, size):
        import ctypes

        record = ctypes.string_at(data, size)
        if self.limit and self.calls >= self.limit and record[0] == 1:
            return -1  # ends the poll
        self.calls += record[0] == 1
        self.file.write(record)
        return 0

    def step(self):
        """Takes what comes within 100 ms. Returns False when there are as many calls as were asked for."""
        self.bpf.ring_buffer_poll(100)
        return not (self.limit and self.calls >= self.limit)

    def finish(self):
        misses = probe_misses()
        # The return probe first, for the same reason: a return without its entry would look like a miss.
        self.bpf.detach_kretprobe(event=FUNCTION)
        self.bpf.detach_kprobe(event=FUNCTION)
        self.bpf.ring_buffer_consume()
        self.file.close()
        per_cpu = self.bpf["counts"][0]
        names = [name for name, _ in type(per_cpu[0])._fields_]
        counts = {name: sum(getattr(cpu, name) for cpu in per_cpu) for name in names}
        return counts, misses


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--comm")
    parser.add_argument("--max-records", type=int)
    parser.add_argument("--ring-pages", type=int, default=8192, help="4-KiB pages, a power of two")
    parser.add_argument("--maxactive", type=int, default=64, help="return probes that may be pending at once")
    options = parse_arguments(parser)
    if os.geteuid() != 0:
        refuse("recording needs root")
    check_symbol()

    try:
        recording = Recording(options, os.path.join(options.out, "records.bin"))
    except Exception as error:  # BCC raises plain ones: a missing field, no kprobes, no permission
        refuse("this kernel cannot be recorded: %s" % error)
    session = Session(options)
    session.run(recording.step)
    counts, misses = recording.finish()
    session.finish(
        collector="bcc", label=recording.label, constants=recording.constants, counts=counts, nmissed=misses
    )


if __name__ == "__main__":
    main()
