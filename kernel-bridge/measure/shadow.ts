/** Networks in the kernel, in mode shadow while a workload runs: what they predict, against what becomes of each call. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import seedrandom from "seedrandom";
import { bootstrapIntervals } from "../../model/evaluation/bootstrap.ts";
import { metricsOf } from "../../model/evaluation/metrics.ts";
import { scoreRows } from "../../model/evaluation/scoring.ts";
import { type FixedModel, fixedModel } from "../../model/fixed-model.ts";
import { readNt } from "../../model/nt-read.ts";
import { InputError } from "../../traces/input-error.ts";
import { labelTable } from "../../traces/label.ts";
import type { MeasuredVerdict, ShadowMeasured } from "../../traces/measured.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { workload } from "../benchmarks/benchmarks.ts";
import { collectorCommand, type Recording, type RecordOptions, readRecording } from "../collect/record.ts";
import { compareDecisions } from "../deploy/compare-decisions.ts";
import { CONTROL, controlProgram, deploymentScript } from "../deploy/control.ts";
import { bootGuest } from "../guest/boot.ts";
import { clockNotes, guestClock } from "../guest/clock.ts";
import type { GuestTopology } from "../guest/qemu-arguments.ts";
import { shellWords } from "../guest/shell-words.ts";
import { withScratch } from "../scratch.ts";
import { inParts, type MeasureOptions } from "./parts.ts";

/** A network that is asked, in turn with the others of its benchmark. */
export interface ShadowNetwork {
  benchmark: string;
  target: string;
  preset: string;
  /** Model file. */
  model: string;
  /** Turns of each cycle: rare classes take more calls. */
  turns: number;
}

/** Recorded in each boot, of virtual time, s. */
const SECONDS = 10;
/** Threads of one core share their cache: there is more to be forced between cores. */
const CHIP: GuestTopology = "8x1";
/** How long a network stays, s. */
const TURN = 0.1;
/** Where forced migrations are to be seen at all, ns. */
const MIGRATION_COST = 4_000_000;
/** Boots 1 and 2 of the recordings were learned from and judged on. */
const BOOT = 3;
const TIME_LIMIT = 1800;
const RESAMPLES = 400;

export async function measureShadow(
  options: MeasureOptions,
  networks: readonly ShadowNetwork[],
): Promise<ShadowMeasured> {
  const clock = guestClock({ clock: "virtual", seed: BOOT });
  const seconds = options.quick ? 4 : SECONDS;
  const benchmarks = [...new Set(networks.map(({ benchmark }) => benchmark))];
  const parts = benchmarks.map((benchmark) => {
    const own = networks.filter((network) => network.benchmark === benchmark);
    const who = own.map((each) => ({ ...each, model: fileSha256(each.model) }));
    return {
      name: benchmark,
      of: [who, seconds, CHIP],
      async make() {
        return judged(own, [await record(options, own, seconds)]);
      },
    };
  });
  const found = await inParts("shadow", options, parts);
  return { kernel: options.release, clock: clockNotes(clock), networks: found.flat() };
}

/** The networks of one cycle in the order of their turns. */
const cycleOf = (networks: readonly ShadowNetwork[]): number[] =>
  networks.flatMap(({ turns }, i) => Array<number>(turns).fill(i));

async function record(
  { bzImage, say }: MeasureOptions,
  networks: readonly ShadowNetwork[],
  seconds: number,
): Promise<Recording> {
  const prepared = await workload(networks[0].benchmark, seconds + 5, true);
  const control = await controlProgram();
  return withScratch("shadow", async (exchange) => {
    for (const [i, { model }] of networks.entries()) copyFileSync(model, join(exchange, `${i}.nt`));
    const recording: RecordOptions = {
      collector: "tracepoint",
      command: prepared.command,
      workload: prepared.name,
      duration: seconds,
      hold: true,
      tool: "",
    };
    const guest = await bootGuest({
      bzImage,
      topology: CHIP,
      clock: guestClock({ clock: "virtual", seed: BOOT }),
      migrationCostNs: MIGRATION_COST,
      timeLimit: TIME_LIMIT,
      exchange,
      say,
      script: [
        ...(prepared.setup ? [prepared.setup] : []),
        // in the guest's memory: to read a file of the host's would take as long as the host likes
        "mkdir /run/models && cp /nicetries/*.nt /run/models/",
        ...turnsScript(control, cycleOf(networks)),
        `${collectorCommand(recording, "/nicetries")}; code=$?`,
        `kill $turns; echo off > ${CONTROL}/mode; exit $code`,
      ].join("\n"),
    });
    if (guest.outcome !== "finished")
      throw new InputError(`the guest ended without a result (${guest.outcome})`, {
        file: guest.serialLog,
        hint: "Read the serial log",
      });
    return readRecording(exchange, recording, guest.output);
  });
}

/** Installs the first of the cycle, then the others in turn beside whatever runs. */
function turnsScript(control: string, cycle: readonly number[]): string[] {
  const file = (i: number) => `/run/models/${i}.nt`;
  return [
    deploymentScript(control, { model: file(cycle[0]), slot: 0, mode: "shadow", arithmetic: "fixed" }),
    `set -- ${cycle.join(" ")}`,
    "(while :; do",
    `sleep ${TURN}; now=$1; shift; set -- "$@" $now`,
    `${shellWords([control])} install 0 /run/models/$1.nt || exit 1`,
    "done) & turns=$!",
  ];
}

type Judged = ShadowMeasured["networks"][number];

/** @param runs Recordings in each of which installation number n was of the network whose turn it was. */
export function judged(networks: readonly ShadowNetwork[], runs: readonly Recording[]): Judged[] {
  const cycle = cycleOf(networks);
  const models = networks.map(({ model }) => readNt(model));
  const fixed = models.map((model) => fixedModel(model.fixed));
  const turnOf = (serial: number) => cycle[(serial - 1) % cycle.length];
  return networks.map(({ benchmark, target, preset }, i) => {
    const inKernel = new Predictions();
    const outside = new Predictions();
    let wrongLogits = 0;
    for (const { table, decisions } of runs) {
      const labels = labelTable(table, models[i].net.target);
      const logits = floatLogits(models[i], table, labels);
      const own = decisions!.map((each) => each.positive >= 0 && turnOf(each.serial) === i);
      for (const [row, { cfs, positive }] of decisions!.entries()) {
        if (own[row]) inKernel.add(positive === 1, labels[row]);
        if (cfs >= 0 && !Number.isNaN(logits[row]))
          outside.add(logits[row] > models[i].net.threshold, labels[row]);
      }
      const mine = {
        table,
        decisions: decisions!.map((each, row) => (own[row] ? each : { ...each, positive: -1 as const })),
      };
      wrongLogits += compareDecisions(mine, (): FixedModel => fixed[i]).wrongLogits;
    }
    return {
      benchmark,
      target,
      preset,
      inKernel: inKernel.verdict(),
      outside: outside.verdict(),
      wrongLogits,
    };
  });
}

/** NaN where an input is not known. */
function floatLogits(
  { net }: ReturnType<typeof readNt>,
  table: Recording["table"],
  labels: Uint8Array,
): Float64Array {
  const scored = scoreRows(net, [table], labels);
  const logits = new Float64Array(table.rows).fill(Number.NaN);
  scored.rows.forEach((row, i) => {
    logits[row] = scored.logits[i];
  });
  return logits;
}

class Predictions {
  readonly #scores: number[] = [];
  readonly #labels: number[] = [];

  add(positive: boolean, label: number): void {
    this.#scores.push(positive ? 1 : -1);
    this.#labels.push(label);
  }

  verdict(): MeasuredVerdict {
    const labels = Uint8Array.from(this.#labels);
    const { confusion, balancedAccuracy } = metricsOf(this.#scores, labels, 0);
    const positives = confusion.tp + confusion.fn;
    if (positives === 0 || positives === labels.length)
      return { ...confusion, balancedAccuracy: null, interval: null };
    const random = seedrandom("shadow");
    const { balancedAccuracy: interval } = bootstrapIntervals(this.#scores, labels, 0, {
      resamples: RESAMPLES,
      random,
    });
    return { ...confusion, balancedAccuracy, interval };
  }
}
