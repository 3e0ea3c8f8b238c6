import { expect } from "chai";
import fc from "fast-check";
import { readRecording, recordingAt } from "../../../lab/recording/read-recording.ts";
import { recordedGuestHardware } from "../../../sim/chip/guest-costs.ts";
import { hardware } from "../../../sim/chip/hardware.ts";
import type { Topology } from "../../../sim/chip/topology.ts";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import type { Workload } from "../../../sim/workload/programme.ts";
import { ReplayBuilder } from "../../../sim/workload/replay/builder.ts";
import type { Replay, ReplayTask } from "../../../sim/workload/replay/replay.ts";
import * as T from "../../../sim/workload/replay/tape.ts";
import { replayWorkload } from "../../../sim/workload/replay/workload.ts";
import { Channel, Semaphore } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import type { Claim } from "../../../traces/timelines/claim.ts";
import { History } from "../../../traces/timelines/history.ts";
import { IDEAL, MS, oneCpu, simulateIdeal, task, twoCpus, workload } from "../run/helpers.ts";

const fourCpus = (): Topology => regularTopology("four", 4, 1, 4, 4);
const US = 1000;

/** A client that asks servers in turn and takes answers as they come; a server answers whoever asked, or works on. */
function conversation(servers: number, clientUs: number, serverUs: number): Workload {
  return workload(({ spawn }) => {
    const answers = new Channel("answers", 1000, true);
    const questions = Array.from({ length: servers }, (_, i) => new Semaphore(`questions ${i}`));
    for (let i = 0; i < servers; i++) {
      const body = [S.semaphoreWait(questions[i]), S.run((serverUs + 7 * i) * US), S.send(answers, i)];
      spawn(task(`server-${i}`, [S.loop(80, ...body), S.semaphoreWait(questions[i]), S.run(US)]));
    }
    const round = [S.receive(answers), S.run(clientUs * US), S.reply((register) => questions[register])];
    spawn(
      task("client", [...questions.map((each) => S.semaphorePost(each)), S.loop(80 * servers, ...round)]),
    );
  });
}

/** Many that send to one, who takes messages as they come. */
function stream(senders: number, senderUs: number, receiverUs: number): Workload {
  return workload(({ spawn }) => {
    const messages = new Channel("messages", 10_000, true);
    for (let i = 0; i < senders; i++)
      spawn(task(`sender-${i}`, [S.loop(60, S.run((senderUs + 3 * i) * US), S.send(messages))]));
    spawn(task("receiver", [S.loop(60 * senders, S.receive(messages), S.run(receiverUs * US))]));
  });
}

function recordingOf(what: Workload, topology: Topology): { replay: Replay; wakeups: number } {
  const { timeline, ...result } = simulateIdeal(what, { topology });
  const builder = new ReplayBuilder({ hardware: hardware({}, IDEAL), keepTimes: true });
  const history = new History(builder);
  for (const event of timeline)
    if (event.type !== "decision" && event.type !== "group")
      history.add({ ...event, account: -1 } satisfies Claim);
  history.end();
  return { replay: builder.finish(history.now, history.lives), wakeups: wakeupsOf(result.tasks) };
}

const wakeupsOf = (tasks: readonly { wakeups: number }[]): number =>
  tasks.reduce((sum, each) => sum + each.wakeups, 0);

const played = (replay: Replay) => replayWorkload(replay, {}, { name: "r", definition: "r", notes: [] });

interface Step {
  kind: number;
  value: number;
  time: number;
}

function stepsOf({ tape: { words, times } }: ReplayTask): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < words.length; i++) {
    const kind = T.kindOf(words[i]);
    steps.push({ kind, value: T.payloadOf(words[i]), time: times[i] });
    if (T.isLong(kind)) i++;
  }
  return steps;
}

/** What is wrong with the messages of a replay, were it played as it was recorded. */
function faultsOf({ tasks }: Replay): string[] {
  const faults: string[] = [];
  const sends = new Map<number, Step[]>();
  for (const each of tasks)
    for (const step of each ? stepsOf(each) : [])
      if (T.isSend(step.kind))
        sends.set(step.value, [...(sends.get(step.value) ?? []), { ...step, value: each!.index }]);
  for (const each of tasks) {
    if (!each) continue;
    const sent = sends.get(each.index) ?? [];
    const needs = stepsOf(each).filter(({ kind }) => T.needsMessage(kind));
    for (const from of new Set(needs.map(({ value }) => value))) {
      const theirs = sent.filter(({ value }) => value === from).map(({ time }) => time);
      const ours = needs.filter(({ value }) => value === from).map(({ time }) => time);
      theirs.sort((a, b) => a - b);
      if (theirs.length !== ours.length) faults.push(`${each.comm} needs ${ours.length} of ${theirs.length}`);
      if (ours.some((time, n) => theirs[n] > time)) faults.push(`${each.comm} needs what was not sent`);
    }
    for (const [n, { kind, time }] of needs.entries())
      if (kind === T.STEP_WAIT && sent.filter((each) => each.time < time).length > n)
        faults.push(`${each.comm} sleeps at ${time} though there is a message`);
  }
  return faults;
}

describe("messages to tasks that were awake", () => {
  const loads = fc.record({
    isStream: fc.boolean(),
    others: fc.integer({ min: 8, max: 12 }),
    theirUs: fc.integer({ min: 30, max: 900 }),
    ownUs: fc.integer({ min: 5, max: 90 }),
    cpus: fc.constantFrom(oneCpu, twoCpus, fourCpus),
  });
  const made = (isStream: boolean) => (isStream ? stream : conversation);

  it("are inferred so that tapes played as they were recorded are the recording", () => {
    let found = 0;
    fc.assert(
      fc.property(loads, ({ isStream, others, theirUs, ownUs, cpus }) => {
        const what = isStream ? stream(others, theirUs, ownUs) : conversation(others, ownUs, theirUs);
        const { replay } = recordingOf(what, cpus());
        expect(faultsOf(replay)).to.deep.equal([]);
        found += replay.unseen!;
      }),
      { numRuns: 20 },
    );
    expect(found).to.be.greaterThan(500);
  });

  it("add no work, and no replay with them hangs, on whatever chip", () => {
    fc.assert(
      fc.property(loads, fc.constantFrom(oneCpu, twoCpus, fourCpus), (load, chip) => {
        const { replay } = recordingOf(
          made(load.isStream)(load.others, load.theirUs, load.ownUs),
          load.cpus(),
        );
        const done = simulateIdeal(played(replay), { topology: chip() });
        expect(done.work.exited).to.equal(done.work.created);
        expect(done.totals.runNs).to.equal(replay.corrections.workNs);
      }),
      { numRuns: 12 },
    );
  });

  it("let tasks sleep more often than they did, or more seldom, as they would have", () => {
    const wakeups = (what: () => Workload, recordedOn: Topology, chip: Topology) => {
      const recorded = recordingOf(what(), recordedOn);
      return {
        recorded: recorded.wakeups,
        real: recordingOf(what(), chip).wakeups,
        replayed: wakeupsOf(simulateIdeal(played(recorded.replay), { topology: chip }).tasks),
      };
    };
    const talk = () => conversation(8, 20, 300);
    const more = wakeups(talk, oneCpu(), fourCpus());
    expect(more.real).to.be.greaterThan(1.4 * more.recorded);
    const fewer = wakeups(talk, fourCpus(), oneCpu());
    expect(fewer.real).to.be.lessThan(0.7 * fewer.recorded);
    const streamed = wakeups(() => stream(8, 400, 30), twoCpus(), oneCpu());
    expect(streamed.real).to.be.greaterThan(1.2 * streamed.recorded);
    for (const { real, replayed } of [more, fewer, streamed])
      expect(replayed).to.be.closeTo(real, 0.05 * real);
  });

  it("are taken in the order in which they come, each with the part of the work that it is for", () => {
    const { replay } = recordingOf(conversation(8, 20, 300), twoCpus());
    const order = (topology: Topology) =>
      simulateIdeal(played(replay), { topology }).timeline.flatMap((e) =>
        e.type === "waking" && e.task.comm.startsWith("server") ? [e.task.comm] : [],
      );
    expect(order(fourCpus())).to.not.deep.equal(order(oneCpu()));
  });

  it("let nobody wait for who waits for others: who was asked answers each question without another's message", async () => {
    const recording = recordingAt("traces/schedules/pgbench-2.ftrace.gz")!;
    const { replay } = await readRecording(recording, { hardware: recordedGuestHardware() });
    const isBackend = (index: number) => replay.tasks[index]?.comm === "postgres";
    let answers = 0;
    let inAnothersPart = 0;
    for (const each of replay.tasks.filter((one) => one?.comm === "pgbench")) {
      let needed = -1;
      for (const { kind, value } of stepsOf(each!)) {
        if (T.needsMessage(kind)) needed = value;
        if (!T.isSend(kind) || !isBackend(value)) continue;
        answers++;
        if (needed !== value) inAnothersPart++;
      }
    }
    expect(answers).to.be.greaterThan(1000);
    expect(inAnothersPart).to.be.below(0.03 * answers);
  });

  it("are not looked for where a task only wakes another now and then", () => {
    const go = new Semaphore("go");
    const pair = workload(({ spawn }) => {
      spawn(task("woken", [S.loop(10, S.semaphoreWait(go), S.run(2 * MS))]));
      spawn(task("waker", [S.loop(10, S.run(3 * MS), S.semaphorePost(go))]));
    });
    expect(recordingOf(pair, twoCpus()).replay.unseen).to.equal(0);
  });
});
