import { expect } from "chai";
import fc from "fast-check";
import { Agenda } from "../../../sim/engine/agenda.ts";

interface Pending {
  slot: number;
  time: number;
  priority: number;
  seq: number;
}

/** The oracle: a plain list, sorted whenever somebody looks. */
class NaiveQueue {
  list: Pending[] = [];
  seq = 0;
  schedule(slot: number, time: number, priority: number): void {
    if (this.list.some((p) => p.slot === slot && p.time === time)) return;
    this.cancel(slot);
    this.list.push({ slot, time, priority, seq: this.seq++ });
  }
  cancel(slot: number): void {
    this.list = this.list.filter((p) => p.slot !== slot);
  }
  pop(): Pending | undefined {
    this.list.sort((a, b) => a.time - b.time || a.priority - b.priority || a.seq - b.seq);
    return this.list.shift();
  }
}

const step = fc.record({
  op: fc.constantFrom("schedule", "schedule", "schedule", "cancel", "pop"),
  slot: fc.nat({ max: 39 }),
  dt: fc.nat({ max: 5 }),
});

describe("the agenda", () => {
  it("gives events in the order of a sorted list, whatever is scheduled, moved and cancelled (Q1, Q3)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new Agenda();
        const naive = new NaiveQueue();
        const priority = (slot: number) => slot % 3;
        for (let i = 0; i < 40; i++) queue.add(priority(i), 0, i % 4 < 2);
        for (const { op, slot, dt } of steps) {
          if (op === "schedule") {
            queue.schedule(slot, queue.clock.now + dt);
            naive.schedule(slot, queue.clock.now + dt, priority(slot));
          } else if (op === "cancel") {
            queue.cancel(slot);
            naive.cancel(slot);
          } else {
            const expected = naive.pop();
            expect(queue.pop()).to.equal(expected?.slot ?? -1);
            if (expected) expect(queue.clock.now).to.equal(expected.time);
          }
          expect(queue.size).to.equal(naive.list.length);
        }
        for (;;) {
          const expected = naive.pop();
          expect(queue.pop()).to.equal(expected?.slot ?? -1);
          if (!expected) break;
        }
      }),
    );
  });

  it("refuses times before the clock and times that are no integers (Q3)", () => {
    const queue = new Agenda();
    const slot = queue.add(0, 0);
    queue.schedule(slot, 100);
    queue.pop();
    for (const bad of [99, -1, Number.NaN, Infinity, 100.5]) {
      expect(() => queue.schedule(slot, bad), String(bad)).to.throw(RangeError);
    }
    queue.schedule(slot, 100);
    expect(queue.peek()).to.equal(100);
  });

  it("tells whose event it was, and a slot popped may be scheduled anew", () => {
    const agenda = new Agenda();
    const log: string[] = [];
    const names = ["late", "early"];
    const periods = [10, 20];
    agenda.schedule(agenda.add(2, 0), 10);
    agenda.schedule(agenda.add(1, 1), 20);
    while (agenda.peek() <= 40) {
      const slot = agenda.pop();
      const owner = agenda.ownerOf(slot);
      expect(agenda.priorityOf(slot)).to.equal(2 - owner);
      log.push(`${agenda.clock.now} ${names[owner]}`);
      agenda.schedule(slot, agenda.clock.now + periods[owner]);
    }
    expect(log).to.deep.equal(["10 late", "20 early", "20 late", "30 late", "40 early", "40 late"]);
  });
});
