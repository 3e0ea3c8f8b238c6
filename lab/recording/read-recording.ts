import { statSync } from "node:fs";
import type { Hardware } from "../../sim/chip/hardware.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import { ReplayBuilder } from "../../sim/workload/replay/builder.ts";
import type { Replay } from "../../sim/workload/replay/replay.ts";
import { InputError } from "../../traces/input-error.ts";
import {
  both,
  type Flaws,
  History,
  type HistoryListener,
  type RecordedLife,
} from "../../traces/timelines/history.ts";
import type { Disorder } from "../../traces/timelines/in-order.ts";
import { openRecording, type Recording } from "../../traces/timelines/recording.ts";
import type { Window } from "./choice.ts";

export interface ReadRecordingOptions {
  /** What the simulator will charge again, and so is taken off. */
  hardware: Readonly<Hardware>;
  /** Chip of the recording's machine; undefined: no threads share a core. */
  recordedOn?: Topology;
  window?: Window;
  /** Is told the history, too. */
  also?: HistoryListener;
}

/** What a recording holds, in short. */
export interface RecordingSummary {
  format: string;
  seconds: number;
  /** CPUs of the machine, as far as the recording tells. */
  cpus: number;
  switches: number;
  /** sched_wakeup and sched_wakeup_new; where there is none of the first, sched_waking. */
  wakeups: number;
  /** sched_migrate_task; where there is none, times that a task came to another CPU. */
  migrations: number;
  /** Events known to be lost. */
  lost: number;
}

export interface ReadRecording {
  path: string;
  summary: RecordingSummary;
  replay: Replay;
  lives: readonly RecordedLife[];
  flaws: Readonly<Flaws>;
  disorder: Readonly<Disorder>;
  /** Whether wake-ups are counted by sched_waking, and migrations by where tasks came to run. */
  counts: { wakings: boolean; moves: boolean };
}

/** Whether the path is that of a recording; for what is no regular file it is not looked at. @throws InputError */
export function recordingAt(path: string): Recording | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? openRecording(path) : undefined;
}

/** Reads a recording from its first event to its last, in one pass. @throws InputError */
export async function readRecording(
  recording: Recording,
  { window = { fromNs: 0, toNs: Number.POSITIVE_INFINITY }, also, ...made }: ReadRecordingOptions,
): Promise<ReadRecording> {
  const builder = new ReplayBuilder({ ...made, fromNs: window.fromNs });
  const history = new History(also ? both(builder, also) : builder);
  let isOver = false;
  for await (const claims of recording.claims()) {
    for (const claim of claims) {
      if (claim.time > window.toNs) {
        isOver = true;
        break;
      }
      history.add(claim);
    }
    if (isOver) break;
  }
  if (isOver) history.now = window.toNs;
  history.end();
  checkContents(history, window, recording.path);
  const counts = { wakings: history.wakeups === history.news, moves: history.migrateEvents === 0 };
  const seen = history.seenCpus;
  return {
    path: recording.path,
    summary: {
      format: recording.format,
      seconds: (history.now - window.fromNs) / 1e9,
      cpus: Math.max(history.saidCpus, (seen.at(-1) ?? -1) + 1),
      switches: history.switches,
      wakeups: counts.wakings ? history.wakings + history.news : history.wakeups,
      migrations: counts.moves ? history.moves : history.migrateEvents,
      lost: history.flaws.lost,
    },
    replay: builder.finish(history.now, history.lives),
    lives: history.lives,
    flaws: history.flaws,
    disorder: recording.disorder,
    counts,
  };
}

function checkContents(history: History, window: Window, file: string): void {
  if (history.switches === 0)
    throw new InputError("no switches: a schedule cannot be made of it", {
      file,
      found: history.flaws.unread > 0 ? `${history.flaws.unread} rows that cannot be read` : "other events",
      expected: "sched_switch, and for wake-ups sched_waking or sched_wakeup",
      hint: "Record with these events on: perf sched record, or trace-cmd record -e sched.",
    });
  if (window.fromNs >= history.now)
    throw new InputError("the window begins behind the end of the recording", {
      file,
      found: `${window.fromNs / 1e9} s`,
      expected: `before ${history.now / 1e9} s`,
    });
}

/** What a person should know of a recording and of what was made of it. */
export function recordingNotes({ summary, replay, flaws, disorder, counts }: ReadRecording): string[] {
  const { causes, corrections: c, guessed } = replay;
  const notes: string[] = [];
  const percent = (part: number, of: number) => `${((100 * part) / Math.max(1, of)).toFixed(1)} %`;
  if (flaws.lost > 0 || flaws.uncounted > 0) {
    const where = flaws.lostBefore === flaws.lost && flaws.uncounted === 0 ? " before its beginning" : "";
    const more = flaws.uncounted > 0 ? `${flaws.lost > 0 ? ", and" : ""} some that nobody counted` : "";
    notes.push(`the recording lacks ${flaws.lost > 0 ? `${flaws.lost} events` : ""}${more}${where}`);
  }
  if (flaws.unread > 0)
    notes.push(
      `${flaws.unread} rows cannot be read; the first is line ${flaws.firstUnread!.line}: ${flaws.firstUnread!.text}`,
    );
  if (disorder.late > 0)
    notes.push(
      `the recording's clock runs backwards ${disorder.late} times, by up to ${disorder.mostNs / 1e6} ms: such events are taken at the time of those before them`,
    );
  if (flaws.contradictions > 0)
    notes.push(`${flaws.contradictions} times one event contradicts another; the better one was believed`);
  const asleep = causes.timer + causes.device + causes.interrupt + causes.unknown;
  const all = asleep + causes.task;
  if (all === 0) notes.push("no wake-ups: every task runs from beginning to end");
  else
    notes.push(
      `of ${all} wake-ups ${causes.task} are by tasks (${guessed} of them perhaps by an interrupt: the format has no flags); ` +
        `the others, ${causes.timer} by timers, ${causes.device} by devices, ${causes.interrupt} by some interrupt and ${causes.unknown} of unknown cause, come as long after the task falls asleep as they did`,
    );
  if (counts.moves && summary.cpus > 1)
    notes.push("the recording has no sched_migrate_task: migrations are those that show when a task runs");
  if (c.workNs !== c.cpuNs)
    notes.push(
      `of ${(c.cpuNs / 1e6).toFixed(1)} ms of CPU time ${(c.workNs / 1e6).toFixed(1)} ms are work: corrected for shared cores (${percent(c.sharedNs, c.cpuNs)} of the time), ` +
        `lower frequency (${percent(c.slowNs, c.cpuNs)}) and context switches and system calls (${(c.costsNs / 1e6).toFixed(1)} ms), which the simulator charges again`,
    );
  const realTime = replay.tasks.filter((task) => task && task.rtPriority > 0).length;
  if (realTime > 0)
    notes.push(`${realTime} real-time tasks run as SCHED_FIFO: a recording does not tell it from SCHED_RR`);
  return notes;
}
