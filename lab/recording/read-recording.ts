import { statSync } from "node:fs";
import type { Hardware } from "../../sim/chip/hardware.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import { ReplayBuilder } from "../../sim/workload/replay/builder.ts";
import type { Replay } from "../../sim/workload/replay/replay.ts";
import { InputError } from "../../traces/input-error.ts";
import { type Flaws, History } from "../../traces/timelines/history.ts";
import { both, type HistoryListener } from "../../traces/timelines/history-listener.ts";
import type { Disorder } from "../../traces/timelines/in-order.ts";
import type { RecordedLife } from "../../traces/timelines/life.ts";
import { openRecording, type Recording } from "../../traces/timelines/recording.ts";
import { callsBeside, otherPolicies, refusedForAffinity } from "./calls-beside.ts";
import type { Window } from "./choice.ts";
import { workNote } from "./work-note.ts";

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
  /** The file is cut off at its end; left out where it is not. */
  cut?: true;
}

export interface ReadRecording {
  path: string;
  summary: RecordingSummary;
  replay: Replay;
  /** Work was taken to be done by CPUs that share one stream of instructions: virtual time. */
  oneStream: boolean;
  lives: readonly RecordedLife[];
  flaws: Readonly<Flaws>;
  disorder: Readonly<Disorder>;
  /** Whether wake-ups are counted by sched_waking, and migrations by where tasks came to run. */
  counts: { wakings: boolean; moves: boolean };
  /** Not a window of it. */
  isWhole: boolean;
}

/** Whether the path is that of a recording; for what is no regular file it is not looked at. @throws InputError */
export function recordingAt(path: string): Recording | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? openRecording(path) : undefined;
}

/** Reads a recording from its first event to its last, in one pass. @throws InputError */
export async function readRecording(
  recording: Recording,
  { window = WHOLE, also, ...made }: ReadRecordingOptions,
): Promise<ReadRecording> {
  const calls = await callsBeside(recording.path);
  const bound = calls && refusedForAffinity(calls);
  const policies = calls && otherPolicies(calls);
  const builder = new ReplayBuilder({ ...made, bound, policies, fromNs: window.fromNs });
  const history = await tellHistory(recording, also ? both(builder, also) : builder, window);
  checkContents(history, window, recording.path);
  const said = history.counts;
  const counts = { wakings: said.wakeups === said.news, moves: said.migrations === 0 };
  const seen = history.seenCpus;
  return {
    path: recording.path,
    summary: {
      format: recording.format,
      seconds: (history.now - window.fromNs) / 1e9,
      cpus: Math.max(history.saidCpus, (seen.at(-1) ?? -1) + 1),
      switches: said.switches,
      wakeups: counts.wakings ? said.wakings + said.news : said.wakeups,
      migrations: counts.moves ? history.moves : said.migrations,
      lost: history.flaws.lost,
      ...(history.flaws.cut ? { cut: true as const } : {}),
    },
    replay: builder.finish(history.now, history.lives),
    oneStream: made.hardware.oneStream === 1 && made.recordedOn !== undefined,
    lives: history.lives,
    flaws: history.flaws,
    disorder: { ...recording.disorder }, // which goes on counting when it is read again
    counts,
    isWhole: window === WHOLE,
  };
}

const WHOLE: Window = { fromNs: 0, toNs: Number.POSITIVE_INFINITY };

/** Tells the listener the recording's history up to the window's end; counted is what is in the window. @throws InputError */
export async function tellHistory(
  recording: Recording,
  listener: HistoryListener,
  window = WHOLE,
): Promise<History> {
  const history = new History(listener);
  try {
    if (await tell(recording, history, window)) history.now = window.toNs;
  } catch (error) {
    if (!(error instanceof InputError) || error.details.file !== undefined) throw error;
    throw new InputError(error.problem, { ...error.details, file: recording.path });
  }
  history.end();
  return history;
}

/** True where there is more after the window. */
async function tell(recording: Recording, history: History, { fromNs, toNs }: Window): Promise<boolean> {
  let isBefore = fromNs > 0;
  for await (const claims of recording.claims())
    for (const claim of claims) {
      if (isBefore && claim.time >= fromNs) {
        isBefore = false;
        history.restart(fromNs);
      }
      if (claim.time > toNs) return true;
      history.add(claim);
    }
  return false;
}

function checkContents(history: History, window: Window, file: string): void {
  if (history.counts.switches === 0 && window !== WHOLE && window.fromNs < history.now)
    throw new InputError("no switches in the window: a schedule cannot be made of it", {
      file,
      found: `none from ${window.fromNs / 1e9} s to ${history.now / 1e9} s`,
      expected: "a window in which a CPU changes from one task to another",
      hint: "Take a longer window.",
    });
  if (history.counts.switches === 0)
    throw new InputError("no switches: a schedule cannot be made of it", {
      file,
      found: history.flaws.unread > 0 ? `${history.flaws.unread} rows that cannot be read` : "none of them",
      expected: "sched_switch, and for wake-ups sched_waking or sched_wakeup",
      hint: "Record with these events on: perf sched record, or trace-cmd record -e sched.",
    });
  if (history.now === 0)
    throw new InputError("no time passes in it: a schedule cannot be made of it", {
      file,
      found: "events of one moment",
      expected: "events from a beginning to an end",
      hint: "Record for longer.",
    });
  if (window.fromNs >= history.now)
    throw new InputError("the window begins behind the end of the recording", {
      file,
      found: `${window.fromNs / 1e9} s`,
      expected: `before ${history.now / 1e9} s`,
    });
}

/** What a person should know of a recording. */
export function recordingNotes({ summary, flaws, disorder, counts, isWhole }: ReadRecording): string[] {
  const notes: string[] = [];
  if (flaws.cut)
    notes.push(
      "the file is cut off (truncated) at its end: nobody knows how much of the recording is missing",
    );
  const uncounted = flaws.uncounted - (flaws.cut ? 1 : 0);
  if (flaws.lost > 0 || uncounted > 0) {
    const counted = flaws.lost > 0 ? `${flaws.lost} events` : "";
    const others =
      uncounted === 0 ? "" : counted ? ", and others that nobody counted" : "events that nobody counted";
    const where = flaws.lostBefore === flaws.lost && uncounted === 0 ? " before its beginning" : "";
    notes.push(`the recording lacks ${counted}${others}${where}`);
  }
  if (flaws.trailing)
    notes.push(
      `${flaws.trailing} bytes behind the end of the packed recording are none of it, and are not read`,
    );
  if (flaws.unread > 0)
    notes.push(
      `${flaws.unread} rows cannot be read; the first is line ${flaws.firstUnread!.line}: ${flaws.firstUnread!.text}`,
    );
  if (disorder.back > 0)
    notes.push(
      `${disorder.back} events stand behind later ones of their CPU, by up to ${disorder.mostNs / 1e6} ms: its clock runs backwards, or the file is several recordings; they are sorted by time`,
    );
  if (disorder.late > 0)
    notes.push(
      `${disorder.late} events come too late to be sorted, and count from the time of those before them`,
    );
  if (flaws.contradictions > 0)
    notes.push(`${flaws.contradictions} times one event contradicts another; the better one was believed`);
  if (counts.moves && summary.cpus > 1)
    notes.push(
      `the recording has no sched_migrate_task${isWhole ? "" : " in this window"}: migrations are those that show when a task runs`,
    );
  return notes;
}

/** What a person should know of what was made of a recording, to replay it. */
export function replayNotes(
  { causes, corrections, guessed, tasks, unseen }: Replay,
  oneStream = false,
): string[] {
  const notes: string[] = [];
  const asleep = causes.timer + causes.device + causes.interrupt + causes.unknown;
  const all = asleep + causes.task;
  const unsure =
    guessed > 0 ? ` (${guessed} of them perhaps by an interrupt: they are recorded without flags)` : "";
  if (all === 0) notes.push("no wake-ups: every task runs from beginning to end");
  else
    notes.push(
      `of ${all} wake-ups ${causes.task} are by tasks${unsure}; ` +
        `the others, ${causes.timer} by timers, ${causes.device} by devices, ${causes.interrupt} by some interrupt and ${causes.unknown} of unknown cause, come as long after the task falls asleep as they did`,
    );
  if (unseen === undefined)
    notes.push(
      "the recording is too long to look for messages that came to tasks that were awake: there are fewer sleeps in its replay; take a window of it",
    );
  else if (unseen > 0)
    notes.push(
      `${unseen} messages that came to tasks that were awake are inferred: they wake nobody, and so are not recorded`,
    );
  const work = workNote(corrections, oneStream);
  if (work !== undefined) notes.push(work);
  const bound = tasks.filter((task) => task?.ranOn !== undefined).length;
  if (bound > 0)
    notes.push(
      `${bound} tasks may run where they ran, and nowhere else: calls recorded beside were refused for their affinity`,
    );
  const others = tasks.filter((task) => task?.policy !== undefined).length;
  if (others > 0)
    notes.push(
      `${others} tasks run as SCHED_BATCH or SCHED_IDLE: the calls recorded beside have their policies`,
    );
  const realTime = tasks.filter((task) => task && task.rtPriority > 0).length;
  if (realTime > 0)
    notes.push(`${realTime} real-time tasks run as SCHED_FIFO: a recording does not tell it from SCHED_RR`);
  return notes;
}
