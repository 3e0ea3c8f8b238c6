import type { Exchange } from "./seen-messages.ts";
import type { TimedTape } from "./timed-tape.ts";

/** Whoever is woken by fewer others waits for something else than for messages. */
const FEWEST_SENDERS = 8;
/** Periods by which the work for one message is known; so much of them is no longer than it, permille. */
const FEWEST_PERIODS = 20;
const ONE_MESSAGE_PERMILLE = 250;
/** Messages of one period, at most: more are taken together. */
const MOST_IN_PERIOD = 32;

/** A task that others send to, and expect nothing of. */
interface Receiver {
  readonly tape: TimedTape;
  readonly senders: TimedTape[];
  /** Words at which it slept until a message came. */
  readonly sleeps: number[];
}

/** A stretch in which a sender worked while the receiver was awake, and how long senders had worked before it, ns. */
interface Stretch {
  readonly sender: TimedTape;
  readonly word: number;
  readonly from: number;
  readonly to: number;
  before: number;
}

/**
 * The messages of streams: many tasks send to one, and expect no answer. What the receiver does in its shorter periods is taken to be the work for one
 * message; a longer period is one of as many messages as it has such pieces, each of which was sent while one of its senders worked. They are spread
 * evenly over the senders' work of that time, but each before its receiver takes it.
 */
export function inferStreams(exchanges: readonly Exchange[]): number {
  const receivers = [...receiversOf(exchanges).values()];
  const units = workOfOne(receivers);
  let found = 0;
  for (const receiver of receivers) {
    const unit = units.get(receiver.tape.kind);
    if (unit === undefined || receiver.senders.length < FEWEST_SENDERS) continue;
    for (const sleep of receiver.sleeps)
      found += inferPeriod(receiver, receiver.tape.periodOf(sleep + 2), unit);
  }
  return found;
}

function receiversOf(exchanges: readonly Exchange[]): Map<TimedTape, Receiver> {
  const receivers = new Map<TimedTape, Receiver>();
  for (const exchange of exchanges) {
    const [{ from, to }] = exchange;
    if (exchange.some((message) => message.from !== from)) continue;
    const receiver = receivers.get(to) ?? { tape: to, senders: [], sleeps: [] };
    receivers.set(to, receiver);
    receiver.senders.push(from);
    for (const { got } of exchange) receiver.sleeps.push(got);
  }
  return receivers;
}

/** By kind of receiver: the work for one message, ns. */
function workOfOne(receivers: readonly Receiver[]): Map<string, number> {
  const periods = new Map<string, number[]>();
  for (const { tape, sleeps } of receivers) {
    const known = periods.get(tape.kind) ?? [];
    periods.set(tape.kind, known);
    for (const sleep of sleeps) known.push(workOf(tape, tape.periodOf(sleep + 2)));
  }
  const units = new Map<string, number>();
  for (const [kind, works] of periods) {
    if (works.length < FEWEST_PERIODS) continue;
    works.sort((a, b) => a - b);
    units.set(kind, Math.max(1, works[Math.floor((works.length * ONE_MESSAGE_PERMILLE) / 1000)]));
  }
  return units;
}

const workOf = (tape: TimedTape, period: number): number =>
  tape.work[tape.endWord[period]] - tape.work[tape.startWord[period]];

function inferPeriod({ tape, senders }: Receiver, period: number, unit: number): number {
  const work = workOf(tape, period);
  const pieces = Math.min(MOST_IN_PERIOD, Math.floor(work / unit));
  if (pieces < 2 || tape.endAt[period] === Number.POSITIVE_INFINITY) return 0;
  const stretches = stretchesOf(senders, tape.startAt[period], tape.endAt[period]);
  const last = stretches.at(-1);
  if (!last) return 0;
  const all = last.before + last.to - last.from;
  const [from, to] = [tape.startWord[period], tape.endWord[period]];
  let at = 0;
  let found = 0;
  for (let piece = 1; piece < pieces; piece++) {
    const place = tape.atWork(tape.work[from] + Math.floor((work * piece) / pieces), from, to);
    const due = tape.timeAt(place);
    const wanted = (all * piece) / pieces;
    while (at + 1 < stretches.length && stretches[at + 1].before <= wanted) at++;
    const sent = sentBefore(due, stretches, at, wanted);
    if (!sent) continue;
    sent.sender.insertSend(sent.sender.inWork(sent.word, sent.time), tape.task.index, sent.time);
    tape.insertReceive(place, sent.sender.task.index, due);
    found++;
  }
  return found;
}

/** When the senders have worked as long as is wanted, in stretch `at`; or as late as is before `due`. Undefined: none of them worked before. */
function sentBefore(
  due: number,
  stretches: readonly Stretch[],
  at: number,
  wanted: number,
): { sender: TimedTape; word: number; time: number } | undefined {
  const { sender, word, from, to, before } = stretches[at];
  const time = Math.min(to - 1, from + Math.floor(wanted - before));
  if (time < due) return { sender, word, time };
  for (let i = at; i >= 0; i--) {
    const { sender, word, from, to } = stretches[i];
    if (from < due - 1) return { sender, word, time: Math.min(to, due) - 1 };
  }
  return undefined;
}

function stretchesOf(senders: readonly TimedTape[], from: number, to: number): Stretch[] {
  const stretches = senders.flatMap((sender) =>
    sender.workBetween(from, to).map((stretch): Stretch => ({ ...stretch, sender, before: 0 })),
  );
  stretches.sort((a, b) => a.from - b.from);
  let before = 0;
  for (const stretch of stretches) {
    stretch.before = before;
    before += stretch.to - stretch.from;
  }
  return stretches;
}
