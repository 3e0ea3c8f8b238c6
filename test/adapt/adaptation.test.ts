import { expect } from "chai";
import fc from "fast-check";
import { Adaptation, type AdaptEvent, lowest } from "../../adapt/adaptation.ts";
import { liveModel, type StockAnswer } from "../../adapt/live-model.ts";
import { type AdaptParameters, adaptParameters } from "../../adapt/parameters.ts";
import type { Lesson, Retrained } from "../../adapt/retrain.ts";
import type { NtModel } from "../../model/nt-read.ts";
import { UnlearnableError } from "../../model/unlearnable.ts";
import { InputError } from "../../traces/input-error.ts";
import { niceModel, rowOf } from "./models.ts";

const PARAMETERS = adaptParameters({ window: 100, hard: 10, threshold: 80, margin: 0, distanceNs: 1000 });

/** A loop whose trainings give these models in turn (undefined: nothing to learn), ready `takes` ns after they began. */
class Bench {
  at = 0;
  lessons: Lesson[] = [];
  rolledBack = 0;
  pending: { at: number; ready: (at: number) => void } | undefined;
  readonly loop: Adaptation;
  private readonly row = rowOf({ pid: 1 });

  constructor(
    start: NtModel,
    models: (NtModel | undefined)[],
    takes = 50,
    parameters: AdaptParameters = PARAMETERS,
  ) {
    this.loop = new Adaptation(
      liveModel(start, 500_000),
      {
        parameters,
        migrationCostNs: 500_000,
        random: () => 0.5,
        retrain: (lesson): Retrained => {
          const nt = models[this.lessons.length];
          this.lessons.push(lesson);
          if (!nt) throw new UnlearnableError("one class");
          return { nt, bytes: new Uint8Array(), rowPasses: 1 };
        },
      },
      {
        train: (_, ready) => {
          expect(this.pending, "one training at a time").to.equal(undefined);
          this.pending = { at: this.at + takes, ready };
        },
        rollback: () => this.rolledBack++,
      },
    );
  }

  /** A call 10 ns later, about a task of that nice value. */
  call(nice: number, stock: StockAnswer): boolean {
    this.at += 10;
    if (this.pending && this.pending.at <= this.at) {
      const { ready } = this.pending;
      this.pending = undefined;
      ready(this.at);
    }
    this.row.task_nice = nice;
    return this.loop.take(this.row, stock, this.at);
  }

  calls(n: number, nice: number, stock: StockAnswer): void {
    for (let i = 0; i < n; i++) this.call(nice, stock);
  }

  get events(): AdaptEvent["what"][] {
    return this.loop.events.map(({ what }) => what);
  }
}

/** Right as long as tasks of nice value 0 are hot and stay, and those of 5 are cold and move. */
const FIRST = niceModel(2);
/** Right when it is the other way round. */
const TURNED = niceModel(2, true);

describe("a model that adapts", () => {
  it("is confident once it has been right in a full set of hard cases, not before", () => {
    const bench = new Bench(FIRST, []);
    bench.calls(9, 0, 0);
    expect(bench.loop.confident).to.equal(false);
    bench.calls(1, 0, 0);
    expect(bench.loop.confident).to.equal(true);
    expect(bench.events).to.deep.equal([]);
  });

  it("is trained anew, on the last calls, when agreement on the hard cases falls; and keeps what was better", () => {
    const bench = new Bench(FIRST, [TURNED]);
    bench.calls(20, 0, 0);
    bench.calls(20, 5, 1);
    bench.calls(6, 5, 0); // wrong from here on
    expect(bench.events).to.deep.equal(["below"]);
    expect(bench.loop.events[0].agreement!.hard).to.be.below(0.8);
    expect(bench.loop.confident).to.equal(false);
    const [{ rows, labels, target }] = bench.lessons;
    expect(target).to.equal("migrate");
    expect(rows.length).to.equal(labels.length);
    expect(rows.at(-1)!.task_nice, "copies: the row is reused").to.equal(5);
    expect([...labels].slice(0, 40)).to.deep.equal([...Array(20).fill(0), ...Array(20).fill(1)]);
    bench.calls(15, 5, 0);
    expect(bench.events).to.deep.equal(["below", "swap", "confirmed"]);
    expect(bench.loop.confident).to.equal(true);
    expect(bench.call(5, 0)).to.equal(false);
    expect(bench.rolledBack).to.equal(0);
  });

  it("rolls a worse model back after its trial, and tries again only after the distance", () => {
    const bench = new Bench(niceModel(-1), [niceModel(-10), TURNED]); // yes from 0 on; yes from -9 on
    bench.calls(10, 0, 0); // wrong
    expect(bench.events).to.deep.equal(["below"]);
    bench.calls(4, -5, 0); // right so far, wrong with the new one
    bench.calls(11, -5, 0);
    expect(bench.events.slice(0, 3)).to.deep.equal(["below", "swap", "rollback"]);
    const { agreement, former } = bench.loop.events[2];
    expect(lowest(agreement!)).to.be.below(lowest(former!));
    expect(bench.rolledBack).to.equal(1);
    expect(bench.call(-5, 0)).to.equal(false);
    bench.calls(160, 0, 0);
    expect(bench.lessons).to.have.lengthOf(1);
    bench.calls(40, 0, 0);
    expect(bench.lessons).to.have.lengthOf(2);
    expect(bench.loop.events[3].atNs - bench.loop.events[0].atNs).to.be.at.least(2000);
  });

  it("ends a trial early that cannot be won", () => {
    const bench = new Bench(FIRST, [niceModel(19)]); // never yes
    bench.calls(6, 0, 0);
    bench.calls(4, 5, 0);
    expect(bench.events).to.deep.equal(["below"]);
    bench.calls(20, 5, 1); // not a single hard case
    expect(bench.events).to.deep.equal(["below", "swap", "rollback"]);
    expect(bench.loop.events[2].calls - bench.loop.events[1].calls).to.equal(PARAMETERS.hard);
  });

  it("waits twice as long after each model in a row that was rolled back", () => {
    const bench = new Bench(niceModel(-1), Array(9).fill(niceModel(-10)));
    for (let i = 0; i < 800; i++) {
      bench.calls(1, 0, 0); // wrong with all of them
      bench.calls(1, -5, 0); // right with the first
    }
    const begun = bench.loop.events.filter(({ what }) => what === "below").map(({ atNs }) => atNs);
    expect(bench.rolledBack).to.equal(4);
    for (let i = 1; i < begun.length; i++)
      expect(begun[i] - begun[i - 1]).to.be.within(1000 * 2 ** i, 1000 * 2 ** i + 200);
  });

  it("goes on with the model it has where there is nothing to learn", () => {
    const bench = new Bench(FIRST, [undefined]);
    bench.calls(20, 5, 0);
    expect(bench.events).to.deep.equal(["below", "unlearnable"]);
    expect(bench.call(5, 0)).to.equal(true);
  });

  it("is also judged by the calls that are not hard: never to move is no way to be right", () => {
    const bench = new Bench(niceModel(19), [TURNED]);
    bench.calls(5, 0, 1);
    bench.calls(10, 0, 0);
    expect(bench.events).to.deep.equal(["below"]);
    expect(bench.loop.events[0].agreement).to.deep.equal({ hard: 1, easy: 0 });
  });

  it("takes a forced migration for a yes of both targets, and a cold task's for one of `migrate` alone", () => {
    for (const [target, cold] of [
      ["migrate", 1],
      ["forced_now", 0],
    ] as const) {
      const bench = new Bench(niceModel(19, false, target), [undefined]);
      bench.calls(1, 0, 1);
      bench.calls(1, 0, 2);
      bench.calls(9, 0, 0);
      bench.calls(9, 0, 2);
      expect([...bench.lessons[0].labels].slice(0, 3), target).to.deep.equal([cold, 1, 0]);
    }
  });

  it("refuses a target whose truth only the future tells", () => {
    expect(() => new Bench(niceModel(2, false, "forced_eventually"), [])).to.throw(
      InputError,
      "a model of this target cannot adapt",
    );
  });

  it("holds its invariants whatever comes", () => {
    const step = fc.record({
      nice: fc.constantFrom(-5, 0, 5),
      stock: fc.constantFrom<StockAnswer>(0, 0, 1, 2),
      times: fc.integer({ min: 1, max: 30 }),
    });
    const all = [undefined, FIRST, TURNED, niceModel(-10), niceModel(19)];
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(fc.nat(all.length - 1), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 0, max: 3000 }),
        (steps, chosen, takes) => {
          const models = chosen.map((i) => all[i]);
          const runs = [1, 2].map(() => {
            const bench = new Bench(FIRST, models, takes);
            for (const { nice, stock, times } of steps) bench.calls(times, nice, stock);
            return bench;
          });
          const [{ loop, rolledBack, events }] = runs;
          expect(runs[1].loop.events, "A4").to.deep.equal(loop.events);
          const begun = loop.events.filter(({ what }) => what === "below");
          for (let i = 1; i < begun.length; i++)
            expect(begun[i].atNs - begun[i - 1].atNs, "A2").to.be.at.least(PARAMETERS.distanceNs);
          expect(rolledBack).to.equal(events.filter((what) => what === "rollback").length);
          let swapped: AdaptEvent | undefined;
          for (const event of loop.events) {
            if (event.what === "swap") {
              expect(swapped, "one trial at a time").to.equal(undefined);
              swapped = event;
            } else if (event.what === "confirmed" || event.what === "rollback") {
              expect(event.calls - swapped!.calls, "A1").to.be.at.least(PARAMETERS.hard);
              const worse = lowest(event.agreement!) < lowest(event.former!);
              const hopeless =
                event.agreement!.easy < lowest(begun.findLast(({ atNs }) => atNs < event.atNs)!.agreement!);
              if (event.what === "confirmed") expect(worse).to.equal(false);
              else expect(worse || hopeless).to.equal(true);
              swapped = undefined;
            }
          }
          if (swapped) expect(loop.confident, "A3").to.equal(false);
        },
      ),
    );
  });
});
