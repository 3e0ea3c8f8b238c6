import { expect } from "chai";
import fc from "fast-check";
import * as T from "../../../sim/workload/replay/tape.ts";
import { untangle } from "../../../sim/workload/replay/untangle.ts";

type Step = readonly [kind: number, value: number];

function tapeOf(steps: readonly Step[]): T.Tape {
  const tape = new T.Tape();
  for (const [i, [kind, value]] of steps.entries())
    if (T.isLong(kind)) tape.pushSleep(kind, value, 10, i);
    else tape.push(kind, value, i);
  return tape;
}

function stepsOf({ words, length }: T.Tape): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < length; i++) {
    steps.push([T.kindOf(words[i]), T.payloadOf(words[i])]);
    if (T.isLong(T.kindOf(words[i]))) i++;
  }
  return steps;
}

const wait = (who: number): Step => [T.STEP_WAIT, who];
const receive = (who: number): Step => [T.STEP_RECEIVE, who];
const wake = (who: number): Step => [T.STEP_WAKE, who];
const send = (who: number): Step => [T.STEP_SEND, who];
const run = (ns: number): Step => [T.STEP_RUN, ns];

/** Answers that are in another's part of the tape. */
function strangers(steps: readonly Step[]): number {
  let of = -1;
  let found = 0;
  for (const [kind, value] of steps)
    if (T.needsMessage(kind)) of = value;
    else if (T.isSend(kind) && value !== of) found++;
  return found;
}

describe("needs of messages that are nested", () => {
  it("come one after the other: each answer stands behind its own need", () => {
    const tape = tapeOf([wait(1), run(5), receive(2), run(6), wake(2), run(7), wake(1), run(8), wait(3)]);
    expect(untangle(tape)).to.equal(1);
    const parts = [wait(2), run(5), run(6), wake(2), receive(1), run(7), wake(1), run(8), wait(3)];
    expect(stepsOf(tape)).to.deep.equal(parts);
  });

  it("stay where somebody is answered who has asked before, or who is not answered", () => {
    for (const steps of [
      [wait(1), run(5), wake(1), receive(2), run(6), wake(2)],
      [wait(1), receive(2), run(6), wake(1), run(5), wake(2)],
      [wait(1), receive(2), run(6), wait(3), wake(1)],
      [wait(1), receive(2), run(6), wake(2)],
    ]) {
      const tape = tapeOf(steps);
      expect(untangle(tape)).to.equal(0);
      expect(stepsOf(tape)).to.deep.equal(steps);
    }
  });

  it("keep all steps, and are needed as often", () => {
    const others = fc.array(fc.record({ ns: fc.integer({ min: 1, max: 99 }), isAwake: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(others, { minLength: 1, maxLength: 4 }), (periods) => {
        const steps = periods.flatMap((inside) => [
          wait(1),
          ...inside.flatMap(({ ns, isAwake }, i) => [
            receive(i + 2),
            run(ns),
            isAwake ? send(i + 2) : wake(i + 2),
          ]),
          run(3),
          wake(1),
        ]);
        const tape = tapeOf(steps);
        expect(strangers(steps)).to.equal(periods.length);
        expect(untangle(tape)).to.equal(periods.length);
        const after = stepsOf(tape);
        expect(strangers(after)).to.equal(0);
        const told = (all: readonly Step[], wanted: (kind: number) => boolean) =>
          all.flatMap(([kind, value]) => (wanted(kind) ? [value] : [])).sort();
        expect(told(after, T.needsMessage)).to.deep.equal(told(steps, T.needsMessage));
        const rest = (all: readonly Step[]) => all.filter(([kind]) => !T.needsMessage(kind));
        expect(rest(after)).to.deep.equal(rest(steps));
      }),
    );
  });
});
