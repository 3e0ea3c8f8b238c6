import { exponential, spread, uniform } from "../distributions.ts";
import type { TaskSpec } from "../programme.ts";
import { Channel, Semaphore } from "../resources.ts";
import * as S from "../script.ts";
import { defineModel, parameter } from "./model.ts";

const parameters = {
  scripts: parameter(1, "", 1, 4096, "scripts side by side", "Nest (EuroSys 2022) runs one"),
  checks: parameter(100, "", 1, 100_000, "checks of each script", "a small package's; assumed"),
  utilities: parameter(3, "", 1, 1000, "mean utilities of a check that run alone", "assumed"),
  pipePermille: parameter(
    500,
    "permille",
    0,
    1000,
    "checks with two utilities and a pipe between them",
    "assumed",
  ),
  subshellPermille: parameter(500, "permille", 0, 1000, "checks with a utility in a subshell", "assumed"),
  compilePermille: parameter(
    300,
    "permille",
    0,
    1000,
    "checks that compile a file, half of them link it",
    "assumed",
  ),
  shellNs: parameter(300_000, "ns", 1, 1e9, "work of a shell before it forks", "assumed"),
  forkNs: parameter(
    200_000,
    "ns",
    0,
    1e9,
    "work of a shell for one fork",
    "lmbench: fork and exit of a small process",
  ),
  execNs: parameter(
    600_000,
    "ns",
    0,
    1e9,
    "work to execute a programme and load its libraries",
    "lmbench: fork and execve take about 1 ms",
  ),
  utilityNs: parameter(1_000_000, "ns", 1, 1e9, "mean work of a utility such as sed, exponential", "assumed"),
  compileNs: parameter(
    12_000_000,
    "ns",
    10,
    1e10,
    "mean work of the compiler proper; the assembler takes a quarter of it, the linker half",
    "gcc on a main() with two headers: 10 to 20 ms",
  ),
  workingSet: parameter(
    262_144,
    "bytes",
    0,
    1e9,
    "cache footprint of a process",
    "hot pages of a shell and libc; assumed",
  ),
};

/**
 * configure scripts: a shell makes one check after another, and for each it forks short processes and waits for them: utilities alone, two with a
 * pipe between them, one in a subshell, a compiler that forks its own passes one by one. Each executes a programme, works for some milliseconds and
 * ends, which wakes its parent, who goes on. So mostly one task runs, for moments two, and wherever it is put it has never run before.
 */
export const configure = defineModel({
  name: "configure",
  standsFor: "configure scripts (autoconf), one or several at once",
  about:
    "a shell that forks short processes and waits for each; one or two tasks at a time, very many placements",
  unit: "checks",
  seconds: 60,
  parameters,
  setUp({ spawn }, v) {
    for (let i = 0; i < v.scripts; i++) spawn(script(v));
  },
});

/** One script. Each of its processes waits at a semaphore of its own for those that it has forked. */
function script(v: Record<keyof typeof parameters, number>): TaskSpec {
  const [shell, subshell, driver] = ["shell", "subshell", "driver"].map((name) => new Semaphore(name));
  const pipe = new Channel("pipe", 16, true);
  const shellWork = S.run(spread(v.shellNs, 500));
  const work = (ns: number) => S.run(exponential(ns));
  const started = [S.exec(), S.run(spread(v.execNs, 300))];
  const child = (parent: Semaphore, comm: string, ...body: S.Instruction[]): TaskSpec => ({
    comm,
    workingSetBytes: v.workingSet,
    programme: S.script([...body, S.semaphorePostSync(parent)]),
  });
  const fork = (spec: TaskSpec) => [S.run(spread(v.forkNs, 300)), S.fork(spec)];
  const call = (parent: Semaphore, spec: TaskSpec) => [...fork(spec), S.semaphoreWait(parent)];
  const pass = (comm: string, ns: number) =>
    call(driver, child(driver, comm, ...started, S.run(spread(Math.floor(ns), 400))));

  const utility = child(shell, "sed", ...started, work(v.utilityNs));
  const writer = child(shell, "echo", shellWork, S.send(pipe));
  const reader = child(shell, "grep", ...started, S.receive(pipe), work(v.utilityNs));
  const nested = child(subshell, "expr", ...started, work(v.utilityNs));
  const inSubshell = child(shell, "sh", shellWork, ...call(subshell, nested), shellWork);
  const link = S.chance(500, ...pass("ld", v.compileNs / 2));
  const compiler = child(
    shell,
    "cc",
    ...started,
    ...pass("cc1", v.compileNs),
    ...pass("as", v.compileNs / 4),
    link,
  );
  return {
    comm: "configure",
    workingSetBytes: v.workingSet,
    programme: S.script([
      S.loop(
        v.checks,
        S.batch(uniform(1, 2 * v.utilities - 1), shellWork, ...call(shell, utility)),
        S.chance(v.pipePermille, shellWork, ...fork(writer), ...call(shell, reader), S.semaphoreWait(shell)),
        S.chance(v.subshellPermille, shellWork, ...call(shell, inSubshell)),
        S.chance(v.compilePermille, shellWork, ...call(shell, compiler)),
        S.done(),
      ),
    ]),
  };
}
