import { Adaptation, type AdaptOptions } from "../../adapt/adaptation.ts";
import { type LiveModel, liveModel, type StockAnswer } from "../../adapt/live-model.ts";
import type { Retrained } from "../../adapt/retrain.ts";
import type { NtModel } from "../../model/nt-read.ts";
import { rowAt } from "../../traces/table.ts";
import type { EventRecording } from "../collect/decode-events.ts";
import type { Mode } from "./control.ts";

/** What the kernel is to do after a round, in this order. */
export interface Orders {
  rollback: boolean;
  /** A new model, and the CPU time that its training takes, ns. */
  install?: { bytes: Uint8Array; costNs: number };
  mode: Mode;
}

/**
 * The loop of adapt/ for a model that a real kernel has in force: it is told of the kernel's decisions in rounds, and says after each what
 * the kernel shall do.
 *
 *  K1. Who was right in a call is judged by what the kernel itself predicted; its prediction is computed once more here, from the row, with
 *      the model that the kernel says it asked.
 *  K2. A new model is in force from the first decision on that bears a number of installation never seen before.
 */
export class KernelAdaptation {
  readonly loop: Adaptation;
  /** Predictions of the kernel that are not those of its model: none, or something is wrong. */
  wrongSigns = 0;
  /** CPU time that all trainings together took, ns. */
  trainingNs = 0;
  /** By number of installation. */
  private readonly models = new Map<number, LiveModel>();
  private newest = 0;
  private given: { model: Retrained; ready: (atNs: number) => void } | undefined;
  private install: Orders["install"];
  private rollback = false;
  private readonly act: boolean;

  /** @throws InputError for a model whose target only the future tells */
  constructor(start: NtModel, options: AdaptOptions) {
    const { rowNs, act } = options.parameters;
    this.act = act === 1;
    this.loop = new Adaptation(liveModel(start, options.migrationCostNs), options, {
      train: (model, ready) => {
        this.given = { model, ready };
        const costNs = model.rowPasses * rowNs;
        this.trainingNs += costNs;
        this.install = { bytes: model.bytes, costNs };
      },
      rollback: () => {
        this.rollback = true;
      },
    });
  }

  /** How many installations have been seen at work. */
  get installations(): number {
    return this.models.size;
  }

  /** The decisions of a round, in the order of time. @param startNs What its clock is counted from. */
  round({ table, decisions }: EventRecording, startNs = 0): Orders {
    this.install = undefined;
    this.rollback = false;
    decisions.forEach(({ positive, cfs, serial, usedFloat }, i) => {
      if (positive < 0 || cfs < 0 || usedFloat) return;
      const row = rowAt(table, i);
      const atNs = row.ts - startNs;
      if (serial > this.newest) this.inForce(serial, atNs);
      const said = positive === 1;
      if (this.models.get(serial)!.positive(row) !== said) this.wrongSigns++; // K1
      this.loop.take(row, cfs as StockAnswer, atNs, said);
    });
    const mode = this.act && this.loop.confident ? "decide" : "shadow";
    return { rollback: this.rollback, install: this.install, mode };
  }

  /** The first decision of an installation (K2). */
  private inForce(serial: number, atNs: number): void {
    this.newest = serial;
    const { given } = this;
    if (given && this.models.size > 0) {
      this.given = undefined;
      given.ready(atNs);
    }
    this.models.set(serial, this.loop.active);
  }
}
