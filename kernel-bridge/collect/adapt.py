#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs a command on the patched kernel while the host watches its model, and does with the model what the host says.

    adapt.py --out FOLDER --control PROGRAM [--slot N] [--every S] -- COMMAND ...

Every so often it copies the kernel's records of its decisions to FOLDER, prints "nicetries-adapt N WAITED" (the number of this round, and the
nanoseconds that it waited for the last answer) and waits until there is a file answer-N there, each line of which is an order:

    rollback          the former model is in force again
    burn SECONDS      so much CPU time is used up: that of a training, which the host has done while this machine stood still
    install FILE      a new model
    mode NAME         who decides
"""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import describe  # noqa: E402
from ring_buffers import TRACING, RingBuffers, write  # noqa: E402
from session import Session, argument_parser, parse_arguments, refuse  # noqa: E402

MODE = "/sys/kernel/debug/ml_migrate/mode"
# How often to look for an answer (s).
LOOK = 0.02


class Agent:
    def __init__(self, options):
        self.options = options
        self.round = 0
        self.waited = 0
        self.buffers = RingBuffers("nicetries", ["ml_migrate/ml_can_migrate", "ml_migrate/ml_detach"], options.buffer_kb, options.out)

    def copy(self):
        self.buffers.drain()
        self.buffers.flush()

    def end(self):
        self.buffers.enable(False)
        self.copy()

    def turn(self):
        self.copy()
        self.round += 1
        begin = time.monotonic_ns()
        print("nicetries-adapt %d %d" % (self.round, self.waited), flush=True)
        orders = self.answer()
        self.waited = time.monotonic_ns() - begin
        for order in orders:
            self.obey(*order.split())

    def answer(self):
        path = os.path.join(self.options.out, "answer-%d" % self.round)
        while not os.path.exists(path):
            time.sleep(LOOK)
        with open(path) as file:
            return file.read().splitlines()

    def obey(self, what, value=""):
        if what == "burn":
            end = time.process_time() + float(value)
            while time.process_time() < end:
                pass
        elif what == "mode":
            write(MODE, value)
        elif what == "install":
            self.control("install", str(self.options.slot), os.path.join(self.options.out, value))
        elif what == "rollback":
            self.control("rollback", str(self.options.slot))
        else:
            refuse("no such order: %s" % what)

    def control(self, *words):
        done = subprocess.run([self.options.control, *words], stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            refuse(done.stderr.strip() or "the kernel refused to %s" % words[0])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--control", required=True, help="the program that calls the system call")
    parser.add_argument("--slot", type=int, default=0)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two rounds")
    parser.add_argument("--buffer-kb", type=int, default=16384, help="per CPU")
    options = parse_arguments(parser)
    if not os.path.isdir(TRACING + "/events/ml_migrate"):
        refuse("this kernel has no events ml_migrate: it is not the patched one")
    agent = Agent(options)

    def step():
        if not session.wait(options.every):
            agent.turn()

    session = Session(options)
    with open(os.path.join(options.out, "start.json"), "w") as file:
        json.dump({"startNs": time.monotonic_ns(), **describe()}, file)
    agent.buffers.enable(True)
    session.run(step, stop=agent.end)
    lost = agent.buffers.lost()
    agent.buffers.remove()
    session.finish(collector="tracepoint", label="returned value", constants={}, counts={"lost": lost}, nmissed={})


if __name__ == "__main__":
    main()
