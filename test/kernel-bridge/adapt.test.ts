import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { liveModel, type StockAnswer } from "../../adapt/live-model.ts";
import { adaptParameters } from "../../adapt/parameters.ts";
import { recoveryFrom } from "../../adapt/recovery.ts";
import type { EventRecording, KernelDecision } from "../../kernel-bridge/collect/decode-events.ts";
import { orderLines, Rounds } from "../../kernel-bridge/deploy/adapt.ts";
import { KernelAdaptation, type Orders } from "../../kernel-bridge/deploy/kernel-adaptation.ts";
import { FEATURES } from "../../model/features.ts";
import type { Net } from "../../model/net.ts";
import { decodeNt, type NtModel } from "../../model/nt-read.ts";
import { encodeNt } from "../../model/nt-write.ts";
import { tableFromRows } from "../../traces/table.ts";
import { niceModel, rowOf } from "../adapt/models.ts";
import { scratchFolder } from "../traces/support.ts";

/** What the patched kernel does with models, as far as the loop sees it. */
class FakeKernel {
  private models: { nt: NtModel; serial: number }[];
  private serials = 1;
  private ts = 0;
  readonly installed: number[] = [];
  rollbacks = 0;
  mode = "shadow";
  /** The answers of a kernel that computes wrongly. */
  liar = false;

  constructor(start: NtModel) {
    this.models = [{ nt: start, serial: 1 }];
  }

  obey({ rollback, install, mode }: Orders): void {
    if (rollback) {
      this.rollbacks++;
      this.models.reverse();
    }
    if (install) {
      this.models = [{ nt: decodeNt(install.bytes), serial: ++this.serials }, this.models[0]];
      this.installed.push(install.costNs);
    }
    this.mode = mode;
  }

  /** Calls about tasks of these nice values, with CFS's answers; every 1 ms one, and one that is refused. */
  round(calls: readonly (readonly [nice: number, cfs: StockAnswer])[]): EventRecording {
    const { nt, serial } = this.models[0];
    const live = liveModel(nt, 500_000);
    const refused: KernelDecision = {
      ...{ words: new BigUint64Array(), logit: 0n, usedFloat: false, mode: 1, migration: 0 },
      ...{ positive: -1, cfs: -1, serial: 0 },
    };
    const rows = calls.map(([nice]) => {
      this.ts += 1e6;
      return rowOf({ pid: 1, task_nice: nice, ts: this.ts });
    });
    const decisions = rows.map((row, i): KernelDecision => {
      const positive = live.positive(row) !== this.liar;
      return { ...refused, positive: positive ? 1 : 0, cfs: calls[i][1], serial };
    });
    return {
      table: tableFromRows([...rows, rowOf({ pid: 2, ts: this.ts })]),
      decisions: [...decisions, refused],
    };
  }
}

const FIRST = niceModel(2);
const TURNED = niceModel(2, true);
const many = (n: number, nice: number, cfs: StockAnswer) =>
  Array.from({ length: n }, () => [nice, cfs] as const);

describe("a model that adapts in a kernel", () => {
  const parameters = adaptParameters({ window: 100, hard: 10, threshold: 80, margin: 0, distanceNs: 10e6 });
  /** Trainings give these models in turn. */
  const begin = (models: NtModel[], more = {}) => {
    const kernel = new FakeKernel(FIRST);
    const loop = new KernelAdaptation(FIRST, {
      parameters: { ...parameters, ...more },
      migrationCostNs: 500_000,
      random: () => 0.5,
      retrain: () => {
        const nt = models.shift()!;
        return { nt, bytes: encodeNt(nt.net as Net), rowPasses: 7 };
      },
    });
    const round = (...calls: (readonly [number, StockAnswer])[]) => {
      const orders = loop.round(kernel.round(calls));
      kernel.obey(orders);
      return orders;
    };
    return { kernel, loop, round };
  };

  it("is installed after the round in which it was trained, and in force from its own first decision on", () => {
    const { kernel, loop, round } = begin([TURNED]);
    round(...many(20, 0, 0));
    const { install } = round(...many(10, 5, 0));
    expect(install!.costNs).to.equal(7000);
    expect(loop.loop.events.map(({ what }) => what)).to.deep.equal(["below"]);
    round(...many(1, 5, 0));
    expect(loop.loop.events.map(({ what }) => what)).to.deep.equal(["below", "swap"]);
    expect(loop.loop.events[1].atNs).to.equal(31e6);
    round(...many(20, 5, 0));
    expect(loop.loop.events.at(-1)!.what).to.equal("confirmed");
    expect(kernel.installed).to.have.lengthOf(1);
    expect(kernel.rollbacks).to.equal(0);
    expect(loop.installations).to.equal(2);
    expect(loop.wrongSigns).to.equal(0);
    expect(recoveryFrom(20.5e6, loop.loop.events, loop.loop.log)).to.deep.equal({
      ...{ swapNs: 10.5e6, confirmedNs: loop.loop.events[2].atNs - 20.5e6, calls: 10, hard: 10 },
    });
  });

  it("is rolled back by the kernel where it is worse, whose former model then decides again", () => {
    const { kernel, loop, round } = begin([niceModel(-10), TURNED]);
    round(...many(20, 0, 0));
    round(...many(6, 5, 0)); // wrong
    round(...many(20, -5, 0)); // right with the first one alone
    expect(loop.loop.events.map(({ what }) => what).slice(0, 3)).to.deep.equal(["below", "swap", "rollback"]);
    expect(kernel.rollbacks).to.equal(1);
    round(...many(20, -5, 0));
    expect(loop.wrongSigns, "the first model's number is known").to.equal(0);
    expect(loop.loop.confident).to.equal(true);
  });

  it("can order both in one round: the former model back, and another one", () => {
    const { kernel, loop, round } = begin([niceModel(-10), TURNED], { distanceNs: 0 });
    round(...many(20, 0, 0));
    round(...many(6, 5, 0));
    const orders = round(...many(9, 5, 0), ...many(1, -5, 0), ...many(10, 5, 0));
    expect(orders.rollback).to.equal(true);
    expect(orders.install).not.to.equal(undefined);
    round(...many(20, 5, 0));
    expect(loop.loop.confident).to.equal(true);
    expect(kernel.installed).to.have.lengthOf(2);
    expect(loop.wrongSigns).to.equal(0);
  });

  it("decides only with act=1, and only while it is confident", () => {
    for (const act of [0, 1]) {
      const { kernel, round } = begin([TURNED], { act });
      round(...many(5, 0, 0));
      expect(kernel.mode).to.equal("shadow");
      round(...many(5, 0, 0));
      expect(kernel.mode).to.equal(act === 1 ? "decide" : "shadow");
      round(...many(5, 5, 0));
      expect(kernel.mode).to.equal("shadow");
    }
  });

  it("counts predictions that are not those of the model that the kernel names", () => {
    const { kernel, loop, round } = begin([]);
    round(...many(5, 0, 0));
    kernel.liar = true;
    round(...many(3, 0, 0));
    expect(loop.wrongSigns).to.equal(3);
  });
});

describe("the rounds between a guest and its host", () => {
  const scratch = scratchFolder();
  /** What a guest has written before its first round. */
  const guestFolder = (name: string) => {
    const folder = scratch(name);
    mkdirSync(folder);
    writeFileSync(`${folder}/start.json`, '{"startNs": 1000, "tunables": {}}');
    const field = `field:u64 feature[${FEATURES.length}]; offset:8; size:${8 * FEATURES.length}; signed:0;`;
    for (const [id, event] of ["ml_can_migrate", "ml_detach"].entries())
      writeFileSync(`${folder}/${event}.format`, `name: ${event}\nID: ${id + 1}\n${field}\n`);
    return folder;
  };
  const adaptation = () =>
    new KernelAdaptation(FIRST, {
      ...{ parameters: adaptParameters(), migrationCostNs: 500_000, random: () => 0.5 },
    });
  /** A guest that notes what is done with it. */
  const guestOf = (rounds: Rounds) => {
    const done: string[] = [];
    const note = (what: string) => () => {
      done.push(what);
    };
    rounds.guest = { pause: note("pause"), resume: note("resume"), kill: note("kill") };
    return done;
  };

  it("answer while the guest stands still, and leave the workload its own words", () => {
    const folder = guestFolder("a");
    const rounds = new Rounds(folder, adaptation);
    const done = guestOf(rounds);
    expect(rounds.hear("hello\r\nnicetries-ad")).to.equal("hello\r\n");
    expect(done).to.deep.equal([]);
    expect(rounds.hear("apt 1 0\nworld\nnicetries-phase 12.34\n")).to.equal("world\n");
    expect(done).to.deep.equal(["pause", "resume"]);
    expect(readFileSync(`${folder}/answer-1`, "utf8")).to.equal("mode shadow\n");
    rounds.hear("nicetries-adapt 2 5000\n");
    expect(rounds.rounds).to.equal(2);
    expect(rounds.waitedNs).to.deep.equal([5000]);
    expect(rounds.phases).to.deep.equal([12.34e9]);
    expect(rounds.startNs).to.equal(1000);
  });

  it("end the guest where they fail: it would wait for an answer", () => {
    const rounds = new Rounds(scratch("nowhere"), adaptation);
    const done = guestOf(rounds);
    rounds.hear("nicetries-adapt 1 0\n");
    expect(done).to.include("kill");
    expect(String(rounds.failure)).to.include("start.json");
  });

  it("order in the order in which it has to be done", () => {
    const install = { bytes: new Uint8Array(), costNs: 80_000_000 };
    expect(orderLines({ rollback: true, install, mode: "decide" }, "m.nt")).to.deep.equal([
      ...["rollback", "burn 0.08", "install m.nt", "mode decide"],
    ]);
  });
});
