/**
 * What programmes do after a call, found in the run itself: who wakes up where, who goes to sleep, and how long each task runs until it
 * does. What the balancer will do is left out: that is what is asked.
 *
 * H1. Only events after the call count, in the order in which they happened, also where the clock stands.
 * H2. Times are ns from the call; Infinity: not before the run ends.
 */
import type { TimelineEvent } from "../../../traces/timeline.ts";
import type { Sheet } from "./sheet.ts";
import { PLACES } from "./snapshot.ts";

/** What is remembered of a call to look up afterwards what followed. */
export interface Moment {
  /** Number of the first event that has not happened yet. */
  event: number;
  now: number;
  pid: number;
  /** By place: the CPU, or undefined. */
  cpus: readonly (number | undefined)[];
  /** Tasks whose work until they sleep is told: the one asked for, what runs on source and destination, and neighbours; their run time so far. */
  tasks: readonly ({ pid: number; ranNs: number } | undefined)[];
}

/** Names of Moment.tasks in a row. */
export const TOLD = [
  "the task",
  "what runs on the source",
  "what runs on the destination",
  "neighbour 1",
  "neighbour 2",
];

/** Wake-ups that a row tells one by one. */
export const WAKE_UPS = 6;

/** Horizons within which events are counted, ms. */
export const HORIZONS_MS = [1, 16, 64, 256, 1024] as const;

interface Event {
  /** Its number among all. */
  event: number;
  time: number;
}
interface WakeUp extends Event {
  cpu: number;
  weight: number;
}
interface Sleep extends Event {
  /** What the task has run in its life by then, ns. */
  ranNs: number;
}

/** Tells of a task, by its pid, what the timeline does not: its weight, and for how long it has run, ns. */
export type TaskLookup = (pid: number) => { weight: number; ranNs: number } | undefined;

export class Hindsight {
  /** Events so far. */
  events = 0;
  readonly #lookup: TaskLookup;
  readonly #wakeUps: WakeUp[] = [];
  readonly #wakeUpsOf = new Map<number, WakeUp[]>();
  readonly #sleepsOn = new Map<number, Event[]>();
  readonly #sleepsOf = new Map<number, Sleep[]>();
  readonly #runsOf = new Map<number, Event[]>();

  constructor(lookup: TaskLookup) {
    this.#lookup = lookup;
  }

  /** Feed every event of the run, in order. */
  readonly observe = (event: TimelineEvent): void => {
    const number = this.events++;
    const { time } = event;
    if (event.type === "wakeup") {
      const weight = this.#lookup(event.task.pid)?.weight ?? Number.NaN;
      const wakeUp = { event: number, time, cpu: event.targetCpu, weight };
      this.#wakeUps.push(wakeUp);
      append(this.#wakeUpsOf, event.targetCpu, wakeUp);
    }
    if (event.type !== "switch") return;
    const prev = this.#lookup(event.prev.pid);
    if (prev && event.prevState !== "R") {
      const sleep = { event: number, time, ranNs: prev.ranNs };
      append(this.#sleepsOn, event.cpu, sleep);
      append(this.#sleepsOf, event.prev.pid, sleep);
    }
    append(this.#runsOf, event.next.pid, { event: number, time });
  };

  /** Writes into the row what came after the call. */
  put(sheet: Sheet, moment: Moment): void {
    const { now, pid, cpus, tasks } = moment;
    const inNs = (of: Event | undefined) => (of === undefined ? Number.POSITIVE_INFINITY : of.time - now);
    const next = <E extends Event>(of: readonly E[] = []): number => firstFrom(of, moment.event);
    const first = <E extends Event>(of: readonly E[] = []): E | undefined => of[next(of)];
    const from = next(this.#wakeUps);
    for (let n = 0; n < WAKE_UPS; n++) {
      const wakeUp: WakeUp | undefined = this.#wakeUps[from + n];
      sheet.put(`wake-up ${n + 1}: in`, inNs(wakeUp));
      sheet.put(`wake-up ${n + 1}: on`, wakeUp ? sideAmong(cpus, wakeUp.cpu) : Number.NaN);
      sheet.put(`wake-up ${n + 1}: weight`, wakeUp?.weight ?? Number.NaN);
    }
    sheet.put("the task runs: in", inNs(first(this.#runsOf.get(pid))));
    tasks.forEach((told, i) => {
      const sleep = told && first(this.#sleepsOf.get(told.pid));
      sheet.put(`${TOLD[i]} sleeps: in`, inNs(sleep));
      const work = told && sleep ? sleep.ranNs - told.ranNs : Number.POSITIVE_INFINITY;
      sheet.put(`${TOLD[i]} sleeps: having run`, work);
    });
    PLACES.forEach((place, i) => {
      const cpu = cpus[i];
      const of = <E extends Event>(map: Map<number, E[]>) => (cpu === undefined ? [] : (map.get(cpu) ?? []));
      for (const [what, events] of [
        ["wakes up", of(this.#wakeUpsOf)],
        ["sleeps", of(this.#sleepsOn)],
      ] as const) {
        sheet.put(`first that ${what} on ${place}: in`, inNs(first(events)));
        const begin = next(events);
        for (const ms of HORIZONS_MS) {
          let end = begin;
          while (end < events.length && events[end].time - now <= ms * 1e6) end++;
          sheet.put(`${what} on ${place} within ${ms} ms`, end - begin);
        }
      }
    });
  }
}

/** 0 source, 1 destination, 2 another CPU. */
function sideAmong(cpus: readonly (number | undefined)[], cpu: number): number {
  const place = cpus.indexOf(cpu);
  return place === 0 || place === 1 ? place : 2;
}

function append<E>(map: Map<number, E[]>, key: number, value: E): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Index of the first event numbered `from` or higher. */
function firstFrom(events: readonly Event[], from: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle].event < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
