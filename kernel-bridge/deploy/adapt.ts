import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AdaptEvent, AdaptOptions } from "../../adapt/adaptation.ts";
import type { CallLog } from "../../adapt/call-log.ts";
import { readNt } from "../../model/nt-read.ts";
import { InputError } from "../../traces/input-error.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import { DEFAULT_MIGRATION_COST_NS } from "../../traces/rule.ts";
import type { Workload } from "../benchmarks/benchmarks.ts";
import { BRIDGE } from "../cache.ts";
import { EventReader } from "../collect/decode-events.ts";
import { type BootOptions, bootGuest } from "../guest/boot.ts";
import type { Halt } from "../guest/run-guest.ts";
import { shellWords } from "../guest/shell-words.ts";
import { withScratch } from "../scratch.ts";
import { controlProgram, deploymentScript } from "./control.ts";
import { KernelAdaptation, type Orders } from "./kernel-adaptation.ts";

export interface KernelAdaptOptions extends Omit<AdaptOptions, "migrationCostNs"> {
  /** Model file to begin with. */
  model: string;
  /** Run one after the other. */
  workloads: readonly Workload[];
  /** Seconds of the guest between two looks at its decisions. */
  every: number;
  boot: Omit<BootOptions, "command" | "script" | "exchange" | "onStart" | "onOutput">;
  onOutput?: (text: string) => void;
  onEvent?: (event: AdaptEvent) => void;
}

export interface KernelAdaptResult {
  exitCode: number;
  /** On the guest's clock, counted from the beginning of the first workload. */
  events: AdaptEvent[];
  log: CallLog;
  /** When each workload began, ns on the same clock. */
  phases: { name: string; atNs: number }[];
  rounds: number;
  /** What the guest waited for the host's answers, on its own clock, ns. */
  waitedNs: number[];
  installations: number;
  /** CPU time that the guest used up for trainings, ns. */
  trainingNs: number;
  /** Predictions of the kernel that are not those of its model. */
  wrongSigns: number;
  lost: number;
  seconds: number;
}

/**
 * A model that adapts in the patched kernel of a guest: there it is asked, recorded, swapped by the system call, and rolled back; here its
 * decisions are judged and new models trained. While this is done the guest stands still. In virtual time it does not notice; the CPU time of the
 * training, which is stated and not measured, it then uses up itself, before the new model is installed.
 */
export async function adaptInGuest(options: KernelAdaptOptions): Promise<KernelAdaptResult> {
  const model = readNt(options.model);
  const control = await controlProgram();
  return withScratch("adapt", async (exchange) => {
    copyFileSync(options.model, join(exchange, "model.nt"));
    const folder = join(exchange, "adapt");
    const host = new Rounds(folder, (start) => {
      const migrationCostNs = start.tunables.migration_cost_ns ?? DEFAULT_MIGRATION_COST_NS;
      return new KernelAdaptation(model, { ...options, migrationCostNs });
    });
    const result = await bootGuest({
      ...options.boot,
      exchange,
      script: guestScript(control, options),
      onStart: (guest) => {
        host.guest = guest;
      },
      onOutput: (chunk) => {
        const own = host.hear(chunk.toString("latin1"));
        options.onOutput?.(own);
        for (const event of host.newEvents()) options.onEvent?.(event);
      },
    });
    if (host.failure) throw host.failure;
    if (result.outcome !== "finished" || !existsSync(join(folder, "start.json")))
      throw new InputError("the guest ended without a result", {
        file: result.serialLog,
        found: `${result.outcome}, exit code ${result.exitCode}: ${result.output.trim().split("\n").slice(-3).join(" / ")}`,
        hint: result.outcome === "time limit" ? "Give a larger --time-limit" : "Read the serial log",
      });
    host.take(); // what came after the last round, or all when there was none
    const { loop, wrongSigns, installations, trainingNs } = host.adaptation!;
    return {
      exitCode: result.exitCode,
      events: loop.events,
      log: loop.log,
      phases: options.workloads.map(({ name }, i) => ({
        name,
        atNs: i === 0 ? 0 : (host.phases[i - 1] ?? Number.NaN) - host.startNs,
      })),
      rounds: host.rounds,
      waitedNs: host.waitedNs,
      installations,
      trainingNs,
      wrongSigns,
      lost: lostIn(folder),
      seconds: result.seconds,
    };
  });
}

/** What the guest says between two workloads. */
const PHASE = "nicetries-phase";

function guestScript(control: string, { workloads, every }: KernelAdaptOptions): string {
  const words = ["/usr/bin/python3", join(BRIDGE, "collect", "adapt.py"), "--out", "/nicetries/adapt"];
  words.push("--control", control, "--every", String(every), "--");
  const next = `; echo "${PHASE} $(cut -d' ' -f1 /proc/uptime)"; `;
  const all = workloads.map(({ command }) => shellWords(command)).join(next);
  return [
    deploymentScript(control, { model: "/nicetries/model.nt", slot: 0, mode: "shadow", arithmetic: "fixed" }),
    ...new Set(workloads.flatMap(({ setup }) => setup ?? [])),
    shellWords([...words, "sh", "-c", all]),
  ].join("\n");
}

const lostIn = (folder: string): number =>
  JSON.parse(readFileSync(join(folder, "collector.json"), "utf8")).counts.lost;

interface Start {
  startNs: number;
  tunables: Record<string, number>;
}

/** The host's side of the rounds: hears when one is over, judges it while the guest stands still, and writes the answer. */
export class Rounds {
  guest: Halt | undefined;
  adaptation: KernelAdaptation | undefined;
  failure: unknown;
  startNs = 0;
  rounds = 0;
  readonly waitedNs: number[] = [];
  /** When workloads but the first began, ns on the guest's clock. */
  readonly phases: number[] = [];
  private readonly folder: string;
  private readonly begin: (start: Start) => KernelAdaptation;
  private reader: EventReader | undefined;
  private line = "";
  private told = 0;

  constructor(folder: string, begin: (start: Start) => KernelAdaptation) {
    this.folder = folder;
    this.begin = begin;
  }

  /** Output of the guest: does what is to be done, and gives the lines that are the workload's own. */
  hear(text: string): string {
    const lines = (this.line + text).split("\n");
    this.line = lines.pop()!;
    return lines
      .filter((line) => !this.understands(line))
      .map((line) => `${line}\n`)
      .join("");
  }

  private understands(line: string): boolean {
    const phase = new RegExp(`${PHASE} ([\\d.]+)`).exec(line);
    if (phase) this.phases.push(Math.round(Number(phase[1]) * 1e9));
    const round = /nicetries-adapt (\d+) (\d+)/.exec(line);
    if (round) this.answer(Number(round[1]), Number(round[2]));
    return phase !== null || round !== null;
  }

  private answer(round: number, waitedNs: number): void {
    this.guest?.pause();
    try {
      this.rounds = round;
      if (round > 1) this.waitedNs.push(waitedNs);
      const orders = this.take();
      if (orders.install) writeFileSync(join(this.folder, `model-${round}.nt`), orders.install.bytes);
      const path = join(this.folder, `answer-${round}`);
      writeFileSync(
        `${path}.part`,
        orderLines(orders, `model-${round}.nt`)
          .map((l) => `${l}\n`)
          .join(""),
      );
      renameSync(`${path}.part`, path);
    } catch (error) {
      this.failure ??= error;
      this.guest?.kill(); // it would wait for its answer
    } finally {
      this.guest?.resume();
    }
  }

  /** Judges what has come since the last time. */
  take(): Orders {
    if (!this.reader) {
      const start: Start = JSON.parse(readFileSync(join(this.folder, "start.json"), "utf8"));
      this.startNs = start.startNs;
      this.adaptation = this.begin(start);
      this.reader = new EventReader(this.folder);
    }
    const recording = this.reader.next(traceMetadata());
    return this.adaptation!.round(recording, this.startNs);
  }

  /** Events that were not given before. */
  newEvents(): AdaptEvent[] {
    const fresh = this.adaptation?.loop.events.slice(this.told) ?? [];
    this.told += fresh.length;
    return fresh;
  }
}

/** Orders as adapt.py reads them. */
export const orderLines = ({ rollback, install, mode }: Orders, file: string): string[] => [
  ...(rollback ? ["rollback"] : []),
  ...(install ? [`burn ${install.costNs / 1e9}`, `install ${file}`] : []),
  `mode ${mode}`,
];
