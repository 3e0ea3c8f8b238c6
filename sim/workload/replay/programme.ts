import { MAX_STEP_NS } from "../limits.ts";
import * as P from "../programme.ts";
import type { Semaphore } from "../resources.ts";
import * as T from "./tape.ts";

/** What the programmes of a replay have in common. */
export interface ReplayScene {
  /** What each task waits for, by its number; undefined for a task that does not take part. */
  readonly wakes: readonly (Semaphore | undefined)[];
  /** Tasks that are forked, by their numbers. */
  readonly specs: readonly (P.TaskSpec | undefined)[];
}

/** Plays a tape: the same work, sleeps and wake-ups, whenever the scheduler lets it. */
export class ReplayProgramme implements P.Programme {
  private readonly words: Uint32Array;
  private readonly scene: ReplayScene;
  private readonly self: Semaphore;
  private at = 0;
  private left: number;
  private readonly bornNs: number;
  /** What is left of bornNs this time. */
  private unbornNs: number;

  /**
   * `loops`: times that this task plays its tape; one that is forked plays it once. `bornNs`: how long it is not there yet
   * each time, where nobody forks it.
   */
  constructor(tape: T.Tape, scene: ReplayScene, self: Semaphore, loops: number, bornNs: number) {
    this.words = tape.words;
    this.scene = scene;
    this.self = self;
    this.left = loops;
    this.bornNs = bornNs;
    this.unbornNs = bornNs;
  }

  next(step: P.Step): void {
    const { words, scene } = this;
    for (;;) {
      if (this.at >= words.length && (words.length === 0 || --this.left <= 0)) {
        step.op = P.OP_EXIT;
        return;
      }
      if (this.at >= words.length) {
        this.at = 0;
        this.unbornNs = this.bornNs;
      }
      if (this.unbornNs > 0) {
        step.op = P.OP_SLEEP;
        step.ns = Math.min(this.unbornNs, MAX_STEP_NS);
        this.unbornNs -= step.ns;
        return;
      }
      const word = words[this.at++];
      const kind = T.kindOf(word);
      const value = T.payloadOf(word);
      switch (kind) {
        case T.STEP_RUN:
          step.op = P.OP_RUN;
          step.ns = this.workFrom(value);
          return;
        case T.STEP_SLEEP:
        case T.STEP_WAIT: {
          const ns = T.sleepNs(words[this.at++]);
          if (kind === T.STEP_WAIT && scene.wakes[value]) {
            step.op = P.OP_SEMAPHORE_WAIT;
            step.semaphore = this.self;
          } else {
            step.op = P.OP_SLEEP; // who woke it does not take part
            step.ns = Math.min(ns, MAX_STEP_NS);
          }
          return;
        }
        case T.STEP_WAKE:
        case T.STEP_WAKE_SYNC: {
          const target = scene.wakes[value];
          if (!target) break;
          step.op = kind === T.STEP_WAKE ? P.OP_SEMAPHORE_POST : P.OP_SEMAPHORE_POST_SYNC;
          step.semaphore = target;
          step.count = 1;
          return;
        }
        case T.STEP_FORK: {
          const child = scene.specs[value];
          if (!child) break;
          step.op = P.OP_FORK;
          step.child = child;
          return;
        }
        case T.STEP_NICE:
          step.op = P.OP_SET_NICE;
          step.count = value - 20;
          return;
        case T.STEP_EXIT: {
          const ns = T.sleepNs(words[this.at++]);
          if (this.left <= 1) break; // the tape is over
          step.op = P.OP_SLEEP; // it is to be there again when the recording starts over
          step.ns = Math.min(ns, MAX_STEP_NS);
          return;
        }
      }
    }
  }

  mayWake(visitor: P.WakeVisitor, all: boolean): void {
    const { words, scene } = this;
    const from = all || this.left > 1 ? 0 : this.at;
    const end = visitor.upTo(words, from, words.length);
    for (let i = from; i < end; i++) {
      const kind = T.kindOf(words[i]);
      if (T.isLong(kind)) {
        i++;
        continue;
      }
      const value = T.payloadOf(words[i]);
      if ((kind === T.STEP_WAKE || kind === T.STEP_WAKE_SYNC) && scene.wakes[value])
        visitor.wakes(scene.wakes[value]);
      if (kind === T.STEP_FORK && scene.specs[value]) visitor.forks(scene.specs[value]);
    }
  }

  /** The work of a stretch that takes several words. */
  private workFrom(first: number): number {
    let ns = first;
    while (this.at < this.words.length && ns <= MAX_STEP_NS - T.MOST_VALUE) {
      const word = this.words[this.at];
      if (T.kindOf(word) !== T.STEP_RUN) break;
      ns += T.payloadOf(word);
      this.at++;
    }
    return ns;
  }
}
