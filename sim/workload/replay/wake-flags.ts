import type { MoveKind } from "../../../traces/timelines/history-listener.ts";
import type { RecordedLife } from "../../../traces/timelines/life.ts";
import { kindOfTask } from "./kind-of-task.ts";
import * as T from "./tape.ts";

/** Wake-ups of one kind that tell something, fewer than which tell nothing. */
const FEWEST = 10;
/** Of wake-ups that may go to the waker's CPU those without WF_SYNC do so much more seldom, those with it more often, permille. */
const SYNC_PERMILLE = 350;

/** Fewer that were alone are of others than most: whoever starts and ends the workload. */
const MIN_ALONE = 0.02;

/** Where the wake-ups of a kind went, of those that came from another CPU than the woken ran on, which was busy. */
interface Count {
  /** While the waker was alone on its CPU, and all of them; to the waker's CPU. */
  alone: number;
  aloneHere: number;
  all: number;
  allHere: number;
}

/** A wake-up that has not placed its task yet. */
interface Open {
  count: Count;
  alone: boolean;
  from: number;
}

/**
 * Which wake-ups are by somebody who is about to sleep (WF_SYNC: pipes and sockets always say so, whether it is true or not). It is not in
 * recordings, but it shows in where they put their tasks: wake_affine_idle() then takes the CPU of a waker that is alone there.
 * Wakers and woken of two kinds do it always or never.
 */
export class WakeFlags {
  private readonly counts = new Map<string, Count>();
  private readonly open = new Map<number, Open>();
  /** Tasks that run or wait on a CPU; by task, which CPU that is. */
  private readonly running: number[] = [];
  private readonly places = new Map<number, number>();

  wakes(life: RecordedLife, waker: RecordedLife | null): void {
    const { cpu: before } = life;
    const here = waker?.cpu ?? -1;
    if (waker && here >= 0 && before >= 0 && here !== before && this.on(before) > 0)
      this.open.set(life.index, { count: this.countOf(waker, life), alone: this.on(here) === 1, from: here });
    this.put(life, before);
  }

  moved(life: RecordedLife, kind: MoveKind): void {
    const before = this.places.get(life.index) ?? -1;
    this.close(life, kind === "wakeup" ? life.cpu : before);
    if (before >= 0) this.put(life, life.cpu);
  }

  comes(life: RecordedLife, cpu: number): void {
    this.close(life, cpu);
    this.put(life, cpu);
  }

  /** It is runnable, somewhere or nowhere known. */
  begins(life: RecordedLife): void {
    this.put(life, life.cpu);
  }

  sleeps(life: RecordedLife): void {
    this.put(life, -1);
  }

  /** Sets the flags of a tape's wake-ups; of those of which nothing is known they stay as they are. */
  set(tape: T.Tape, waker: RecordedLife, lives: readonly RecordedLife[]): void {
    const { words, length } = tape;
    for (let i = 0; i < length; i++) {
      const kind = T.kindOf(words[i]);
      if (T.isLong(kind)) i++;
      if (!T.isSend(kind)) continue;
      const isSync = this.isSync(waker, lives[T.payloadOf(words[i])]);
      if (isSync === undefined) continue;
      tape.setSync(i, isSync);
    }
  }

  private isSync(waker: RecordedLife, woken: RecordedLife): boolean | undefined {
    const count = this.counts.get(keyOf(waker, woken));
    if (!count) return undefined;
    const { alone, aloneHere, all, allHere } = count;
    if (alone >= Math.max(FEWEST, all * MIN_ALONE)) return aloneHere * 1000 >= alone * 500;
    return all >= FEWEST ? allHere * 1000 >= all * SYNC_PERMILLE : undefined;
  }

  private countOf(waker: RecordedLife, woken: RecordedLife): Count {
    const key = keyOf(waker, woken);
    const known = this.counts.get(key) ?? { alone: 0, aloneHere: 0, all: 0, allHere: 0 };
    this.counts.set(key, known);
    return known;
  }

  private close(life: RecordedLife, cpu: number): void {
    const open = this.open.get(life.index);
    if (!open) return;
    this.open.delete(life.index);
    const { count, alone, from } = open;
    const isHere = cpu === from ? 1 : 0;
    count.all++;
    count.allHere += isHere;
    if (!alone) return;
    count.alone++;
    count.aloneHere += isHere;
  }

  private on(cpu: number): number {
    return this.running[cpu] ?? 0;
  }

  private put(life: RecordedLife, cpu: number): void {
    const before = this.places.get(life.index) ?? -1;
    if (before >= 0) this.running[before]--;
    if (cpu >= 0) {
      this.places.set(life.index, cpu);
      this.running[cpu] = this.on(cpu) + 1;
    } else this.places.delete(life.index);
  }
}

const keyOf = (waker: RecordedLife, woken: RecordedLife): string =>
  `${kindOfTask(waker.comm)}\0${kindOfTask(woken.comm)}`;
