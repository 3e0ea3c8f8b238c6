import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { lastLines } from "../guest/boot.ts";
import type { GuestChip } from "../guest/qemu-arguments.ts";
import { type GuestResult, READY_LIMIT, runGuest } from "../guest/run-guest.ts";

/**
 * Runs scenarios on the lockstep kernel: Linux 6.1's own scheduler, stepped by `lockstep/linux/` at a clock that only
 * the harness moves.
 *
 * Invariants:
 *  H1. Every scenario is run in two boots, in opposite order: what one scenario leaves behind meets other successors.
 *  H2. A dump is handed out only when both boots printed the same bytes.
 *  H3. Whatever a dump relies on is looked at in the guest before each scenario (check.c; what only user space can see: the
 *      script below). What is not as required is named instead of a dump.
 */
export interface KernelScenario {
  name: string;
  /** As `formatScenario` of sim/lockstep writes it: no comments, no blank lines. */
  text: string;
}

export interface KernelDump {
  name: string;
  /** The dump, or null where there is none. */
  dump: string | null;
  /** Why there is none. */
  problem: string | null;
}

export interface HarnessOptions {
  bzImage: string;
  machine: GuestChip;
  /** CPUs before those under test: two that control, perhaps others that idle. */
  control: number;
  scenarios: readonly KernelScenario[];
  /** Seconds for each boot; 0: no limit. */
  timeLimit?: number;
  /** Shell lines that run first in each guest. */
  before?: string;
  /** `done` runs of `total` (two for each scenario). */
  progress?: (done: number, total: number, note: string) => void;
}

/** What the kernel side takes (lockstep/linux/kernel/sched/lockstep/). */
export const MAX_KERNEL_CPUS = 64;
export const MAX_KERNEL_TASKS = 1024;
export const MAX_KERNEL_SCENARIO = (32 << 20) - 1;

/**
 * Words of the kernel command line: all but two CPUs get no work of others, they halt when idle, and have one clock for
 * all; periodic ticks alone, so that jiffies stand still when the harness takes them; no RCU grace period presses a CPU.
 */
export function commandLine({ machine, control }: Pick<HarnessOptions, "machine" | "control">): string {
  const { sockets, cores, threads } = machine;
  const cpus = sockets * cores * threads;
  const cache = sockets === 1 ? cpus - control : cores * threads;
  return [
    `isolcpus=2-${cpus - 1} lockstep_control=${control} lockstep_threads=${threads} lockstep_cache=${cache}`,
    "nohz=off highres=off idle=halt tsc=reliable",
    `rcupdate.rcu_normal=1 rcupdate.rcu_cpu_stall_suppress=1 rcutree.jiffies_till_sched_qs=${SCHED_QS}`,
  ].join(" ");
}

/** Jiffies until a grace period would press a CPU: longer than any boot. */
const SCHED_QS = 100_000;

/** How often a guest may die or hang before it is given up. */
const BOOTS = 4;

/** A guest that takes longer than this for a scenario hangs. It takes a fiftieth, more with very many tasks. */
const SECONDS_PER_BYTE = 0.01;

/** How often a scenario is tried whose run was spoiled, as by a kernel thread on a tested CPU. */
const ATTEMPTS = 3;

/**
 * H3: the clock of the machine must be the one it keeps, as the kernel stops all CPUs to change it; and what the command line
 * asks for without the kernel's side being able to look.
 */
const script = (before = "") => `
${before}
for wait in $(seq 300); do
  clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
  [ "$clock" = tsc ] && break
  sleep 0.1
done
wrong=
[ "$clock" = tsc ] || wrong="the clock source is $clock, not tsc"
qs=$(cat /sys/module/rcutree/parameters/jiffies_till_sched_qs)
[ "$qs" = ${SCHED_QS} ] || wrong="jiffies_till_sched_qs is $qs, not ${SCHED_QS}"
lockstep=/sys/kernel/debug/lockstep
for s in $(cat /nicetries/order); do
  for attempt in ${Array.from({ length: ATTEMPTS }, (_, i) => i + 1).join(" ")}; do
    if [ -n "$wrong" ]; then echo "failed: $wrong" > /nicetries/$s.txt; break; fi
    cat /nicetries/$s.scn > $lockstep/scenario || exit 3
    cat $lockstep/dump > /nicetries/$s.txt || exit 3
    [ "$(head -c 7 /nicetries/$s.txt)" = failed: ] || break
  done
  echo "done $s"
done
`;

/** Memory of the guest; the harness itself takes 100 MiB. */
const MEMORY_MIB = 1024;

/** Runs all scenarios and calls `take` with each dump, in the order given. @throws InputError when a guest dies. */
export async function dumpScenarios(
  options: HarnessOptions,
  take: (result: KernelDump) => void,
): Promise<void> {
  const { scenarios } = options;
  for (const { name, text } of scenarios)
    if (text.length > MAX_KERNEL_SCENARIO)
      throw new InputError("too large for the lockstep kernel", {
        file: name,
        found: `${text.length} bytes`,
        expected: `at most ${MAX_KERNEL_SCENARIO}`,
      });
  const scratch = mkdtempSync(join(tmpdir(), "nicetries-lockstep-"));
  try {
    const folders = [join(scratch, "first"), join(scratch, "second")] as const;
    const order = scenarios.map((_, i) => i);
    let done = 0;
    const ran = (i: number) => options.progress?.(++done, 2 * scenarios.length, scenarios[i].name);
    await runAll(options, folders[0], order, ran);
    await runAll(options, folders[1], order.reverse(), ran);
    scenarios.forEach(({ name }, i) => {
      const [first, second] = folders.map((folder) => readFileSync(join(folder, `${i}.txt`), "utf8"));
      take({ name, ...verdict(first, second) });
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** H2 */
export function verdict(first: string, second: string): Omit<KernelDump, "name"> {
  const failed = [first, second].find((dump) => !dump.startsWith("step -1 "));
  if (failed !== undefined)
    return { dump: null, problem: failed.trim().slice(0, 200) || "the kernel printed nothing" };
  if (first === second) return { dump: first, problem: null };
  const other = second.split("\n");
  const line = first.split("\n").findIndex((text, i) => text !== other[i]);
  return { dump: null, problem: `two boots differ, first in line ${line + 1}` };
}

/** Boots until every scenario of `order` has been run: a guest that dies or hangs is started again for the rest. */
async function runAll(
  options: HarnessOptions,
  exchange: string,
  order: readonly number[],
  ran: (scenario: number) => void,
): Promise<void> {
  mkdirSync(exchange, { recursive: true });
  for (const i of order) writeFileSync(join(exchange, `${i}.scn`), options.scenarios[i].text);
  let rest = [...order];
  for (let failures = 0; rest.length > 0; ) {
    const result = await boot(options, exchange, rest, (i) => {
      rest = rest.filter((other) => other !== i);
      ran(i);
    });
    if (rest.length === 0) return;
    if (++failures === BOOTS)
      throw new InputError(`the lockstep kernel did not get through in ${BOOTS} boots`, {
        file: result.serialLog,
        found: `${result.outcome}, exit code ${result.exitCode}, at ${options.scenarios[rest[0]].name}; ${lastLines(result.serialLog, 1)}`,
        hint: "Read the serial log; give a longer --time-limit where the time was over",
      });
  }
}

/** One boot that runs the scenarios of `order` and calls `ran` after each. */
function boot(
  options: HarnessOptions,
  exchange: string,
  order: readonly number[],
  ran: (scenario: number) => void,
): Promise<GuestResult> {
  writeFileSync(join(exchange, "order"), order.join("\n"));
  const longest = Math.max(...order.map((i) => options.scenarios[i].text.length));
  let line = "";
  return runGuest("tcg", {
    bzImage: options.bzImage,
    script: script(options.before),
    topology: options.machine,
    memoryMiB: MEMORY_MIB,
    timeLimit: options.timeLimit ?? 0,
    silenceLimit: READY_LIMIT.tcg + longest * SECONDS_PER_BYTE,
    exchange,
    append: commandLine(options),
    onOutput(chunk) {
      const lines = (line + chunk.toString("latin1")).split("\n");
      line = lines.pop()!;
      for (const text of lines) if (text.startsWith("done ")) ran(Number(text.slice(5)));
    },
  });
}
