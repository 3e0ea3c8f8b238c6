import { UnlearnableError } from "../model/unlearnable.ts";
import type { TraceRow } from "../traces/schema.ts";
import { CallLog } from "./call-log.ts";
import { type LiveModel, liveModel, type StockAnswer, truthOf } from "./live-model.ts";
import type { AdaptParameters } from "./parameters.ts";
import { Recent } from "./recent.ts";
import { type Retrain, type Retrained, retrain } from "./retrain.ts";

/** The share of calls in which a model agrees with the stock rule: hard cases, and all others. 1 where there are none. */
export interface Agreement {
  hard: number;
  easy: number;
}

/** What happened to the model in force. */
export interface AdaptEvent {
  atNs: number;
  /** Calls judged before it. */
  calls: number;
  /**
   * `below`: agreement fell below the threshold, and a new model is trained; `unlearnable`: nothing can be learned from the window;
   * `swap`: the new model is in force; `confirmed`, `rollback`: it was not worse, or was, than the former one.
   */
  what: "below" | "unlearnable" | "swap" | "confirmed" | "rollback";
  /** Of the model in force up to the event; not known at a swap. */
  agreement?: Agreement;
  /** Of the former model, on the same calls; of a trial. */
  former?: Agreement;
}

/** Where the models are in force. */
export interface AdaptHost {
  /** Has the work of a training done, and calls `ready` when it is: the new model is to be in force then. */
  train(model: Retrained, ready: (atNs: number) => void): void;
  /** The former model is in force again. */
  rollback(): void;
}

export interface AdaptOptions {
  parameters: AdaptParameters;
  migrationCostNs: number;
  random: () => number;
  /** Default: retrain.ts. */
  retrain?: Retrain;
}

/** A model is judged anew so many times while as many hard cases come as it is judged by. */
const LOOKS = 5;

interface Call {
  row: TraceRow;
  label: 0 | 1;
}

/**
 * A model that is watched, and trained anew when it no longer agrees with what happens: one loop for the simulator's policy and
 * for the real kernel. It is told of each call in which a model would be asked, with the answer of the stock rule, which
 * is the truth. Hard cases are the calls about hot tasks: whether such a task moves hangs on what came before, while all cold ones move.
 *
 * A new model is first *on trial*: the former one is asked, too, and comes back if it would have done better. So nothing that was
 * learned wrongly stays longer than a trial. (LiteFlow, SIGCOMM 2022, asks before an update whether it is necessary and whether it is
 * correct. Here the fall of agreement is the first question, the trial the second.)
 *
 *  A1. A model is judged by calls since it is in force only, and by a full set of hard cases only; but a trial also ends when a full
 *      set of the other calls shows that the new model cannot be better than the former one was.
 *  A2. Between two beginnings of a training lies the distance, whatever came of the first, doubled for each model in a row that was
 *      rolled back; during one, none begins.
 *  A3. `confident` is true exactly while the model in force has passed its trial and was not below the threshold when it was judged last.
 *  A4. Equal calls and random numbers give equal models at equal calls.
 */
export class Adaptation {
  readonly log = new CallLog();
  readonly events: AdaptEvent[] = [];
  active: LiveModel;
  confident = false;
  private readonly first: LiveModel;
  /** While the model in force is on trial: the one before. */
  private former: LiveModel | null = null;
  private training = false;
  /** When the last training began. */
  private begunNs = Number.NEGATIVE_INFINITY;
  /** Agreement of the model in force when the training began. */
  private before = 1;
  /** Models in a row that were rolled back. */
  private failures = 0;
  private unlooked = 0;
  private easyLooked = false;
  private readonly window: Recent<Call>;
  private readonly hard: Recent<Call>;
  private readonly easy: Recent<Call>;
  private readonly truth: (stock: StockAnswer) => boolean;
  private readonly options: AdaptOptions;
  private readonly host: AdaptHost;

  /** @throws InputError for a target whose truth only the future tells */
  constructor(start: LiveModel, options: AdaptOptions, host: AdaptHost) {
    const { window, hard } = options.parameters;
    this.truth = truthOf(start.nt.net.target);
    this.options = options;
    this.host = host;
    this.active = this.first = start;
    this.window = new Recent(window);
    this.hard = new Recent(hard);
    this.easy = new Recent(hard);
  }

  /**
   * A call, as it was before its decision. What the model in force says of it. The row may be reused.
   * @param said What was said of it, where the model that was asked is somewhere else.
   */
  take(row: Readonly<TraceRow>, stock: StockAnswer, atNs: number, said = this.active.positive(row)): boolean {
    const isHard = stock !== 1;
    const truth = this.truth(stock);
    this.log.add(atNs, isHard, truth, said, this.first.positive(row));
    const call: Call = { row: { ...row }, label: truth ? 1 : 0 };
    this.window.push(call);
    (isHard ? this.hard : this.easy).push(call);
    if (isHard && ++this.unlooked * LOOKS >= this.options.parameters.hard && this.hard.full) this.look(atNs);
    else if (!isHard && this.former !== null && this.easy.full) this.endHopelessTrial(this.former, atNs);
    return said;
  }

  private look(atNs: number): void {
    this.unlooked = 0;
    if (this.former) this.endTrial(this.former, atNs);
    const agreement = this.agreementOf(this.active);
    this.confident = lowest(agreement) >= this.options.parameters.threshold / 100;
    const earliestNs = this.begunNs + this.options.parameters.distanceNs * 2 ** this.failures; // A2
    if (this.confident || this.training || atNs < earliestNs) return;
    this.begunNs = atNs;
    this.before = lowest(agreement);
    this.tell(atNs, "below", { agreement });
    this.train(atNs);
  }

  private endTrial(former: LiveModel, atNs: number): void {
    const verdict = { agreement: this.agreementOf(this.active), former: this.agreementOf(former) };
    if (this.isWorse(lowest(verdict.agreement), lowest(verdict.former))) {
      this.rollBack(former, atNs);
      return;
    }
    this.former = null;
    this.failures = 0;
    this.tell(atNs, "confirmed", verdict);
  }

  /** Looks once, at the first full set of calls that are not hard. */
  private endHopelessTrial(former: LiveModel, atNs: number): void {
    if (this.easyLooked) return;
    this.easyLooked = true;
    if (this.isWorse(this.agreementOf(this.active).easy, this.before)) this.rollBack(former, atNs);
  }

  private isWorse(agreement: number, former: number): boolean {
    return former - agreement > this.options.parameters.margin / 100 + 1e-9;
  }

  private rollBack(former: LiveModel, atNs: number): void {
    this.tell(atNs, "rollback", {
      agreement: this.agreementOf(this.active),
      former: this.agreementOf(former),
    });
    this.former = null;
    this.failures++;
    this.active = former;
    this.host.rollback();
  }

  private train(atNs: number): void {
    const calls = [...this.window];
    const { parameters, migrationCostNs, random, retrain: teach = retrain } = this.options;
    let model: Retrained;
    try {
      model = teach({
        target: this.active.nt.net.target,
        rows: calls.map(({ row }) => row),
        labels: Uint8Array.from(calls, ({ label }) => label),
        migrationCostNs,
        epochs: parameters.epochs,
        random,
      });
    } catch (error) {
      if (!(error instanceof UnlearnableError)) throw error;
      this.tell(atNs, "unlearnable");
      return;
    }
    this.training = true;
    this.host.train(model, (readyNs) => this.swap(model, readyNs));
  }

  private swap(model: Retrained, atNs: number): void {
    this.training = false;
    this.former = this.active;
    this.active = liveModel(model.nt, this.options.migrationCostNs);
    this.confident = false;
    this.hard.clear(); // A1
    this.easy.clear();
    this.unlooked = 0;
    this.easyLooked = false;
    this.tell(atNs, "swap");
  }

  private agreementOf(model: LiveModel): Agreement {
    const share = (calls: Recent<Call>) => {
      let agreed = 0;
      for (const { row, label } of calls) if (model.positive(row) === (label === 1)) agreed++;
      return calls.length === 0 ? 1 : agreed / calls.length;
    };
    return { hard: share(this.hard), easy: share(this.easy) };
  }

  private tell(atNs: number, what: AdaptEvent["what"], more: Partial<AdaptEvent> = {}): void {
    this.events.push({ atNs, calls: this.log.length, what, ...more });
  }
}

/** A model that fails in one kind of calls is not made good by the other, which may be a hundred times as frequent. */
export const lowest = ({ hard, easy }: Agreement): number => Math.min(hard, easy);
