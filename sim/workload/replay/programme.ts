import { MAX_STEP_NS } from "../limits.ts";
import * as P from "../programme.ts";
import type { Semaphore } from "../resources.ts";
import type { Mailbox } from "./mailbox.ts";
import type { ReplayTask } from "./replay.ts";
import * as T from "./tape.ts";

/** What the programmes of a replay have in common. */
export interface ReplayScene {
  /** What each task waits for, by its number; undefined for a task that does not take part. */
  readonly wakes: readonly (Semaphore | undefined)[];
  /** What was sent to each. */
  readonly mail: readonly (Mailbox | undefined)[];
  /** Tasks that are forked, by their numbers. */
  readonly specs: readonly (P.TaskSpec | undefined)[];
}

/**
 * Plays a tape: the same work, sleeps and wake-ups, whenever the scheduler lets it. What the task does from one place where it needs a
 * message to the next is a part of the tape, and of the message that it needs there.
 *
 *  S1. Of the messages that are there it takes the one that comes first on its tape, and plays that one's part.
 *  S2. What is before the first message is played first, and each time when as many parts were played as the tape has.
 */
export class ReplayProgramme implements P.Programme {
  private readonly words: Uint32Array;
  private readonly scene: ReplayScene;
  private readonly index: number;
  private at = 0;
  /** Times that the tape is still to be played, this one included; Infinity: for ever. */
  private left: number;
  /** Parts of it that are still to be played this time. */
  private parts: number;
  private readonly bornNs: number;
  /** What is left of bornNs this time. */
  private unbornNs: number;
  /** It has asked for a message. */
  private asked = false;

  /**
   * `loops`: times that this task plays its tape; one that is forked plays it once. `bornNs`: how long it is not there yet
   * each time, where nobody forks it.
   */
  constructor({ tape, index }: ReplayTask, scene: ReplayScene, loops: number, bornNs: number) {
    this.words = tape.words;
    this.scene = scene;
    this.index = index;
    this.left = loops;
    this.parts = scene.mail[index]!.size;
    this.bornNs = bornNs;
    this.unbornNs = bornNs;
  }

  next(step: P.Step): void {
    const { words, scene } = this;
    const mail = scene.mail[this.index]!;
    if (this.asked) {
      this.asked = false;
      this.parts--;
      this.at = mail.take();
      this.at += T.isLong(T.kindOf(words[this.at])) ? 2 : 1;
    }
    for (;;) {
      if (this.unbornNs > 0) {
        step.op = P.OP_SLEEP;
        step.ns = Math.min(this.unbornNs, MAX_STEP_NS);
        this.unbornNs -= step.ns;
        return;
      }
      if (this.at >= words.length || this.needsMessage()) {
        if (this.parts > 0) {
          step.op = P.OP_SEMAPHORE_WAIT;
          step.semaphore = scene.wakes[this.index]!;
          step.free = this.at < words.length && T.kindOf(words[this.at]) === T.STEP_RECEIVE;
          this.asked = true;
          return;
        }
        if (words.length === 0 || --this.left <= 0) {
          step.op = P.OP_EXIT;
          return;
        }
        this.at = 0;
        this.parts = mail.size;
        this.unbornNs = this.bornNs;
        continue;
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
        case T.STEP_WAIT: // whoever woke it does not take part
          step.op = P.OP_SLEEP;
          step.ns = Math.min(T.sleepNs(words[this.at++]), MAX_STEP_NS);
          return;
        case T.STEP_WAKE:
        case T.STEP_WAKE_SYNC:
        case T.STEP_SEND:
        case T.STEP_SEND_SYNC: {
          const target = scene.wakes[value];
          if (!target || !scene.mail[value]!.put(this.index)) break;
          step.op =
            kind === T.STEP_WAKE || kind === T.STEP_SEND ? P.OP_SEMAPHORE_POST : P.OP_SEMAPHORE_POST_SYNC;
          step.semaphore = target;
          step.count = 1;
          step.free = !T.isWake(kind);
          step.goesOn = this.at < words.length && T.isSend(T.kindOf(words[this.at]));
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
    const from = all || this.left > 1 || this.parts > 0 ? 0 : this.at;
    const end = visitor.upTo(words, from, words.length);
    for (let i = from; i < end; i++) {
      const kind = T.kindOf(words[i]);
      if (T.isLong(kind)) {
        i++;
        continue;
      }
      const value = T.payloadOf(words[i]);
      if (T.isSend(kind) && scene.wakes[value]) visitor.wakes(scene.wakes[value]);
      if (kind === T.STEP_FORK && scene.specs[value]) visitor.forks(scene.specs[value]);
    }
  }

  private needsMessage(): boolean {
    const word = this.words[this.at];
    return T.needsMessage(T.kindOf(word)) && this.scene.wakes[T.payloadOf(word)] !== undefined;
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
