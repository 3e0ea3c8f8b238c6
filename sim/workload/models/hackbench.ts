import { spread } from "../distributions.ts";
import type { TaskSpec } from "../programme.ts";
import { Channel, Gate } from "../resources.ts";
import * as S from "../script.ts";
import { defineModel, parameter } from "./model.ts";

/**
 * hackbench: groups of senders and receivers. Each sender writes `loops` rounds of one message to each receiver of its
 * group; each receiver has one socket that all senders of the group write to. Everybody is forked by one parent and
 * starts on its signal.
 */
export const hackbench = defineModel({
  name: "hackbench",
  standsFor: "hackbench (rt-tests), sockets and processes",
  about:
    "groups of senders and receivers over blocking sockets; very many short bursts, hardly a forced migration",
  unit: "messages",
  seconds: 10,
  parameters: {
    groups: parameter(10, "", 1, 1000, "groups", "hackbench: -g 10"),
    fds: parameter(20, "", 1, 500, "senders, and receivers, of a group", "hackbench: -f 20"),
    loops: parameter(400, "", 1, 1e6, "rounds of each sender", "hackbench -l; the thesis's run takes 16 s"),
    sendNs: parameter(
      2500,
      "ns",
      0,
      1e9,
      "work of one write of 100 bytes",
      "0.2 s of CPU for 80,000 messages both ways",
    ),
    receiveNs: parameter(2000, "ns", 0, 1e9, "work of one read", "as sendNs"),
    capacity: parameter(
      250,
      "messages",
      1,
      1e6,
      "messages a socket holds",
      "212,992 bytes of wmem_default by about 850 bytes of a small skb",
    ),
    forkNs: parameter(
      60_000,
      "ns",
      0,
      1e9,
      "work of the parent for one fork",
      "lmbench: fork of a small process",
    ),
    workingSet: parameter(
      32_768,
      "bytes",
      0,
      1e9,
      "cache footprint of a task",
      "stack, socket buffers, libc",
    ),
  },
  setUp({ spawn }, v) {
    const start = new Gate("start");
    start.open = false;
    const children: TaskSpec[] = [];
    const child = (comm: string, programme: TaskSpec["programme"]) =>
      children.push({ comm, workingSetBytes: v.workingSet, programme });
    const started = (...body: S.Instruction[]) => S.script([S.gatePass(start), ...body]);
    for (let g = 0; g < v.groups; g++) {
      const sockets = Array.from(
        { length: v.fds },
        (_, i) => new Channel(`socket ${g}.${i}`, v.capacity, true),
      );
      for (const socket of sockets) {
        child(
          "hackbench-recv",
          started(S.loop(v.loops * v.fds, S.receive(socket), S.run(spread(v.receiveNs, 200)), S.done())),
        );
      }
      const round = sockets.flatMap((socket) => [S.run(spread(v.sendNs, 200)), S.send(socket)]);
      const sender = started(S.loop(v.loops, ...round)); // one for all: code that stays in the cache
      for (let i = 0; i < v.fds; i++) child("hackbench-send", sender);
    }
    const parent = children.flatMap((spec) => [S.run(spread(v.forkNs, 200)), S.fork(spec)]);
    spawn({
      comm: "hackbench",
      workingSetBytes: v.workingSet,
      programme: S.script([...parent, S.gateOpen(start)]),
    });
  },
});
