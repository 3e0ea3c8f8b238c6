import type { Exchange, SeenMessage } from "./seen-messages.ts";
import { comparePlaces, type Place, type TimedTape } from "./timed-tape.ts";

/** A habit shows in so many cases at least; so many cases for it weigh up one that is surely against it. */
const FEWEST = 20;
const ANSWERS_AGAINST_ONE = 2;
const QUESTIONS_AGAINST_ONE = 4;

/** A message that nobody has seen. */
interface Unseen {
  readonly sender: TimedTape;
  readonly sent: Place;
  readonly time: number;
  readonly receiver: TimedTape;
  readonly taken: Place;
}

/** Where on its sender's tape a message is sent, when, and in which period of its receiver. */
interface Sent {
  readonly place: Place;
  readonly time: number;
  readonly period: number;
}

/** How tasks of one kind talk to those of another. */
class Talk {
  /** Messages that were answered before their receiver slept, and that surely were not. */
  answered = 0;
  unanswered = 0;
  /** Sleeps until an answer came before which there was a question, and before which there surely was none. */
  asked = 0;
  unasked = 0;
  /** Work from the answer until its sender sleeps; from the question until its sender does; from a message until it is answered. */
  readonly afterAnswer: number[] = [];
  readonly afterQuestion: number[] = [];
  readonly untilAnswer: number[] = [];

  /** They are answered at once. */
  get isAnswered(): boolean {
    return this.answered >= Math.max(FEWEST, ANSWERS_AGAINST_ONE * this.unanswered);
  }

  /** They are questions: whoever sends them sleeps until the answer comes. */
  get isAsked(): boolean {
    return this.asked >= Math.max(FEWEST, QUESTIONS_AGAINST_ONE * this.unasked);
  }
}

/**
 * The messages of conversations: two tasks that wake each other.
 *
 *  - Where tasks of one kind answer those of another at once, a period that such a message began and in which no answer is seen has one as
 *    soon as others come, if the other was awake.
 *  - Where they sleep until they are answered, a sleep that the other ended and before which no question is seen has one before it, if the other was
 *    awake.
 *
 * Whoever was asleep then was sent nothing, or it would have been woken: that speaks against the habit.
 */
export function inferAnswers(exchanges: readonly Exchange[]): number {
  const messages = exchanges.filter((all) => all.some(({ from }) => from !== all[0].from)).flat();
  const talks = new Talks();
  for (const message of messages) talks.measure(message);
  talks.sum();
  for (const message of messages) talks.refute(message);
  let found = 0;
  const put = (unseen: Unseen | undefined) => {
    if (!unseen) return;
    const { sender, sent, time, receiver, taken } = unseen;
    sender.insertSend(sent, receiver.task.index, time);
    receiver.insertReceive(taken, sender.task.index, Math.max(time, receiver.timeAt(taken)));
    found++;
  };
  for (const message of messages) {
    const { from, to } = message;
    if (talks.of(from, to).isAnswered && !talks.of(to, from).isAsked && !isAnswerSeen(message))
      put(talks.answerTo(message));
  }
  for (const message of messages)
    if (talks.of(message.to, message.from).isAsked && !isQuestionSeen(message))
      put(talks.questionBefore(message));
  return found;
}

const isAnswerSeen = ({ from, to, got }: SeenMessage): boolean => {
  const period = to.periodOf(got + 2);
  return to.wakesOf(from.task.index, to.startWord[period], to.endWord[period]).length > 0;
};

/** The last wake-up of the message's sender before the sleep that the message ended. */
const questionSeen = ({ from, to, got }: SeenMessage): number | undefined =>
  to.wakesOf(from.task.index, to.startWord[to.periodOf(got)], got).at(-1);

/** Where, before that sleep, an unseen message of the same sender was taken: a question before it has been answered. */
const answeredBefore = ({ from, to, got }: SeenMessage): Place | undefined =>
  to.lastReceive(from.task.index, to.startWord[to.periodOf(got)], got);

const isQuestionSeen = (message: SeenMessage): boolean => {
  const seen = questionSeen(message);
  return seen !== undefined && seen >= (answeredBefore(message)?.word ?? 0);
};

class Talks {
  private readonly byKinds = new Map<string, Talk>();

  of(from: TimedTape, to: TimedTape): Talk {
    const key = `${from.kind}\0${to.kind}`;
    const known = this.byKinds.get(key) ?? new Talk();
    this.byKinds.set(key, known);
    return known;
  }

  measure(message: SeenMessage): void {
    const { from, to, got } = message;
    const talk = this.of(from, to);
    const period = to.periodOf(got + 2);
    const answers = to.wakesOf(from.task.index, to.startWord[period], to.endWord[period]);
    if (answers.length > 0) {
      talk.answered++;
      talk.untilAnswer.push(to.work[answers[0]] - to.work[got + 2]);
      talk.afterAnswer.push(to.work[to.endWord[period]] - to.work[answers.at(-1)!]);
    }
    const question = questionSeen(message);
    if (question === undefined) return;
    const back = this.of(to, from);
    back.asked++;
    back.afterQuestion.push(to.work[got] - to.work[question]);
  }

  /** All is measured. */
  sum(): void {
    for (const { afterAnswer, afterQuestion, untilAnswer } of this.byKinds.values())
      for (const works of [afterAnswer, afterQuestion, untilAnswer]) works.sort((a, b) => a - b);
  }

  /** Counts what speaks against habits. */
  refute(message: SeenMessage): void {
    const { from, to } = message;
    if (!isAnswerSeen(message) && !this.answerTo(message)) this.of(from, to).unanswered++;
    if (questionSeen(message) === undefined && !this.questionBefore(message)) this.of(to, from).unasked++;
  }

  /** The unseen answer to a message: soon in the period that it began, and before what is done for others there. */
  answerTo({ from, to, time, sent, got }: SeenMessage): Unseen | undefined {
    const talk = this.of(from, to);
    const period = to.periodOf(got + 2);
    const [begin, over] = [to.startWord[period], to.endWord[period]];
    const other = to.firstWake(begin, over);
    const soon = median(talk.untilAnswer);
    const left = Math.max(
      median(talk.afterAnswer),
      to.work[over] - to.work[begin] - soon,
      other === undefined ? 0 : to.work[over] - to.work[other] + soon,
    );
    const send = sendBefore(to, from, begin, over, left);
    if (!send || send.time <= time) return undefined;
    const [first, end] = [from.startWord[send.period], from.endWord[send.period]];
    const next = from
      .wakesOf(to.task.index, first, end)
      .find((word) => word > sent && from.timeOfWord(word) > send.time);
    const wanted = from.work[sent] + median(talk.afterQuestion);
    return receive(to, from, send, wanted, { word: next ?? end, offset: 0 });
  }

  /** The unseen question that a message answers, at the end of the period before the sleep that it ended. */
  questionBefore(message: SeenMessage): Unseen | undefined {
    const { from, to, time, sent, got } = message;
    const talk = this.of(to, from);
    const begin = to.startWord[to.periodOf(got)];
    const after = answeredBefore(message);
    const estimate = sendBefore(to, from, begin, got, median(talk.afterQuestion), after);
    const send = inPeriodOfAnswer(message, estimate, after) ?? estimate;
    if (!send || send.time >= time) return undefined;
    const [first, end] = [from.startWord[send.period], from.endWord[send.period]];
    const limit: Place = { word: sent >= first && sent < end ? sent : end, offset: 0 };
    const before = from.lastSend(first, limit.word);
    const earliest = before === undefined ? 0 : from.work[before];
    const wanted = Math.max(earliest, from.workAt(limit) - median(talk.untilAnswer));
    return receive(to, from, send, wanted, limit);
  }
}

/** A place for the question in the period in which it is answered, where there is one and the estimate is of another. */
function inPeriodOfAnswer(
  { from, to, sent, got }: SeenMessage,
  estimate: Sent | undefined,
  after: Place | undefined,
): Sent | undefined {
  const period = from.periodOf(sent);
  if (estimate?.period === period) return undefined;
  const begin = from.startAt[period];
  const place = to.atTime(begin + 1, to.startWord[to.periodOf(got)], got);
  const time = to.timeAt(place);
  return time > begin && !(after && comparePlaces(place, after) < 0) ? { place, time, period } : undefined;
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? 0;

/** A place in words [from, to) of the sender, so much work before their end, at which the receiver is awake, and in which of its periods. */
function sendBefore(
  sender: TimedTape,
  receiver: TimedTape,
  from: number,
  to: number,
  work: number,
  after?: Place,
): Sent | undefined {
  const wanted = sender.atWork(Math.max(sender.work[from], sender.work[to] - work), from, to);
  let place = after && comparePlaces(wanted, after) < 0 ? after : wanted;
  let time = sender.timeAt(place);
  let period = receiver.periodAt(time);
  if (receiver.endAt[period] < time) {
    const earlier = sender.lastBefore(receiver.endAt[period], from, to);
    if (!earlier || (after && comparePlaces(earlier, after) < 0)) return undefined;
    place = earlier;
    time = sender.timeAt(place);
    period = receiver.periodAt(time);
  }
  const isAwake = time >= receiver.startAt[period] && time <= receiver.endAt[period];
  return isAwake ? { place, time, period } : undefined;
}

/** Where the receiver takes it: where it has done the work that is wanted, but not before it was sent, and not behind the limit. */
function receive(
  sender: TimedTape,
  receiver: TimedTape,
  { place, time, period }: Sent,
  wanted: number,
  limit: Place,
): Unseen | undefined {
  const [first, end] = [receiver.startWord[period], receiver.endWord[period]];
  const earliest = receiver.atTime(time, first, end);
  if (comparePlaces(earliest, limit) > 0) return undefined;
  const at = receiver.atWork(wanted, first, end);
  const taken = comparePlaces(at, earliest) < 0 ? earliest : comparePlaces(at, limit) > 0 ? limit : at;
  return { sender, sent: place, time, receiver, taken };
}
