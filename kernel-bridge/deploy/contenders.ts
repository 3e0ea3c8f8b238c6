/** Ways to decide that take turns in one boot of the patched kernel: what each call of can_migrate_task() took, and what the load did. */
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { type Schedstat, schedstatBetween } from "../../traces/schedstat.ts";
import { type BootOptions, bootGuest } from "../guest/boot.ts";
import type { GuestResult } from "../guest/run-guest.ts";
import { shellWords } from "../guest/shell-words.ts";
import { withScratch } from "../scratch.ts";
import { type Arithmetic, CONTROL, controlProgram, deploymentScript, type Mode } from "./control.ts";
import { type Latency, parseLatency } from "./latency.ts";

/** One way to decide that is measured beside others. */
export interface Contender {
  name: string;
  /** Model file; installed anew before each measurement. */
  model: string;
  mode: Mode;
  arithmetic: Arithmetic;
  /** migration_cost_ns while it decides; default: as the machine was booted. */
  migrationCostNs?: number;
}

export interface MeasureOptions {
  /** The load; its wall time is measured too. */
  command: readonly string[];
  /** Shell lines that prepare it. */
  setup?: string;
  rounds: number;
  /** Each round begins with the next contender; the first round with the one of this number. */
  first?: number;
  boot: Omit<BootOptions, "command" | "script" | "exchange">;
}

/** One run of the load under one contender. */
export interface Round {
  latencies: Latency[];
  /** Of the guest's time, exact to the fork of `date`. */
  seconds: number;
  /** Share of the time of all CPUs in which they had nothing to run. */
  idle: number;
  /** What /proc/schedstat counted meanwhile; undefined for unknown versions of that file. */
  counted?: Schedstat;
}

export interface Measured {
  /** By contender, in their order; of each a Round for each round. */
  rounds: { name: string; rounds: Round[] }[];
  /** Files `models` and `counters` of debugfs. */
  models: string;
  counters: string;
  guest: GuestResult;
}

/** Runs the load once to warm up, then `rounds` times under each contender, in turn. */
export function measureContenders(
  contenders: readonly Contender[],
  options: MeasureOptions,
): Promise<Measured> {
  return withScratch("bench", async (exchange) => {
    const models = [...new Set(contenders.map(({ model }) => model))];
    for (const [i, model] of models.entries()) copyFileSync(model, join(exchange, `${i}.nt`));
    const installed = contenders.map((each) => ({
      ...each,
      model: `/nicetries/${models.indexOf(each.model)}.nt`,
    }));
    const guest = await bootGuest({
      ...options.boot,
      script: guestScript(await controlProgram(), installed, options),
      exchange,
    });
    if (guest.outcome !== "finished" || guest.exitCode !== 0)
      throw new InputError("the guest could not run the benchmark", {
        file: guest.serialLog,
        found: `${guest.outcome}, exit code ${guest.exitCode}: ${guest.output.trim().split("\n").at(-1)}`,
        hint: guest.outcome === "time limit" ? "Give a larger --time-limit" : "Read the serial log",
      });
    const read = (name: string) => readFileSync(join(exchange, name), "utf8");
    const rounds = contenders.map(({ name }, i) => ({
      name,
      rounds: Array.from({ length: options.rounds }, (_, round) => {
        const file = (end: string) => read(`${i}.${round}.${end}`);
        return roundOf(file("latency"), file("begin"), file("end"));
      }),
    }));
    return { rounds, models: read("models"), counters: read("counters"), guest };
  });
}

/** One round, from the kernel's latencies and the machine's state before and after it. */
export function roundOf(latency: string, begin: string, end: string): Round {
  const [a, b] = [stateOf(begin), stateOf(end)];
  const seconds = b.seconds - a.seconds;
  return {
    latencies: parseLatency(latency),
    seconds,
    idle: (b.idle - a.idle) / (b.all - a.all),
    counted: schedstatBetween(a.schedstat, b.schedstat),
  };
}

/**
 * What `date`, /proc/schedstat and /proc/stat say, the last from its line of all CPUs on. `idle` and `all`: time of all CPUs, in its unit; what
 * runs between its reading and the load's beginning and end is in both.
 */
function stateOf(text: string): { seconds: number; schedstat: string; idle: number; all: number } {
  const [schedstat, stat = ""] = text.split(/^(?=cpu {2})/m);
  const [, total = ""] = /^cpu {2}([\d ]+)$/m.exec(stat) ?? [];
  // user, nice, system, idle, waiting for I/O, and others; guests are in the first two
  const ticks = total.split(" ").slice(0, 8).map(Number);
  return {
    seconds: Number(/^date ([\d.]+)$/m.exec(text)?.[1]),
    schedstat,
    idle: ticks[3] + ticks[4],
    all: ticks.reduce((sum, n) => sum + n, 0),
  };
}

/** The state is written to memory: a request to the host would take as long as the host likes. */
const STATE = "/run/nicetries-state";

function guestScript(
  control: string,
  contenders: readonly Contender[],
  { command, setup, rounds, first = 0 }: MeasureOptions,
): string {
  const load = shellWords(command);
  const cost = "/sys/kernel/debug/sched/migration_cost_ns";
  const lines = [
    ...(setup ? [setup] : []),
    deploymentScript(control, { ...contenders[0], slot: 0, mode: "off", arithmetic: "fixed" }),
    `echo off > ${CONTROL}/watchdog; cat ${CONTROL}/models > /nicetries/models; echo on > ${CONTROL}/measure`,
    `usual=$(cat ${cost})`,
    "stamp() { date '+date %s.%N'; }; state() { cat /proc/schedstat /proc/stat; }",
    `${load} > /dev/null || exit 1; stamp > /dev/null`, // warm up
  ];
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < contenders.length; turn++) {
      const i = (first + round + turn) % contenders.length;
      const each = contenders[i];
      lines.push(
        `${deploymentScript(control, { ...each, slot: 0 })}; echo ${each.migrationCostNs ?? "$usual"} > ${cost} || exit 1`,
        `echo > ${CONTROL}/reset`,
        `state > ${STATE}.begin; stamp >> ${STATE}.begin; ${load} > /dev/null || exit 1; stamp > ${STATE}.end; state >> ${STATE}.end`,
        `cat ${CONTROL}/latency > /nicetries/${i}.${round}.latency`,
        `cp ${STATE}.begin /nicetries/${i}.${round}.begin; cp ${STATE}.end /nicetries/${i}.${round}.end`,
      );
    }
  lines.push(`cat ${CONTROL}/counters > /nicetries/counters; echo off > ${CONTROL}/mode`);
  return lines.join("\n");
}
