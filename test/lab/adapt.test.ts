import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { ADAPT_PARAMETERS } from "../../adapt/parameters.ts";
import { retrain } from "../../adapt/retrain.ts";
import { adaptivePolicy } from "../../lab/policy/adapt.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { openWorkload } from "../../lab/sources.ts";
import { trainFile } from "../../lab/train-file.ts";
import { encodeNt } from "../../model/nt-write.ts";
import { hardware } from "../../sim/chip/hardware.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { simulate } from "../../sim/simulator.ts";
import { InputError, RequestError } from "../../traces/input-error.ts";
import type { TraceRow } from "../../traces/schema.ts";
import { niceModel } from "../adapt/models.ts";
import { scratchFolder } from "../traces/support.ts";

const SWITCH = "examples/switch.json";

describe("the policy adapt:", () => {
  const scratch = scratchFolder();
  let model: string;
  const under = (policy: string, seed = "1", durationNs?: number) =>
    simulateFile(SWITCH, { chip: "8x1", seed, policy, durationNs });
  /** The same with some of the pieces by hand: how the stock rule's trace looks like, and with another trainer. */
  const run = (
    policy: ReturnType<typeof adaptivePolicy> | undefined,
    chargeInference = false,
    parameters = {},
  ) => {
    const rows: TraceRow[] = [];
    const result = simulate({
      workload: openWorkload([SWITCH]),
      topology: presetTopology("8x1"),
      seed: "2",
      hardware: hardware(),
      policy: policy?.factory,
      policyParameters: parameters,
      chargeInference,
      onDecision: (row) => rows.push({ ...row }),
    });
    return { rows, result, report: policy?.report() };
  };

  before(async () => {
    model = scratch("m.nt");
    await simulateFile(SWITCH, { chip: "8x1", seed: "100", durationNs: 20e9, out: scratch("t.parquet") });
    await trainFile([scratch("t.parquet")], { target: "migrate", split: "none", out: model });
  });

  it("learns what a workload that has changed is like, at the cost of some CPU time", async () => {
    const { adaptation, result } = await under(`adapt:${model}`);
    const { events, log } = adaptation!;
    expect(events.map(({ what }) => what)).to.deep.equal(["below", "swap", "confirmed"]);
    const [below, swap] = events;
    expect(below.atNs, "the workload changes after 20 s").to.be.within(20e9, 23e9);
    expect(result.policyThread!.jobs).to.equal(1);
    const { runNs, waitNs } = result.policyThread!;
    expect(swap.atNs - below.atNs, "it takes the time that its thread takes").to.be.closeTo(
      runNs + waitNs,
      1e6,
    );
    expect(result.policyThread!.runNs).to.be.greaterThan(10e6);
    const [before, after] = log.spans(25e9);
    expect(before.adapted.hard).to.be.at.least(before.alone.hard);
    expect(after.adapted.hard / after.hard).to.be.greaterThan(0.97);
    expect(after.alone.hard / after.hard).to.be.lessThan(0.6);
    expect(after.majority.hard / after.hard).to.be.lessThan(0.1);
  });

  it("gives the same run again for the same seed", async () => {
    const [a, b] = [await under(`adapt:${model}`, "7", 26e9), await under(`adapt:${model}`, "7", 26e9)];
    expect(a.traceSha256).to.equal(b.traceSha256);
    expect(a.adaptation!.events).to.deep.equal(b.adaptation!.events);
    expect(a.adaptation!.events.length).to.be.greaterThan(0);
  });

  it("leaves the decisions to the stock rule: until the first training nothing differs", () => {
    const stock = run(undefined);
    const watched = run(adaptivePolicy(model, 500_000));
    const [first] = watched.report!.events;
    const until = (rows: TraceRow[]) => rows.filter(({ ts }) => ts < first.atNs);
    expect(until(watched.rows).length).to.be.greaterThan(300);
    expect(until(watched.rows)).to.deep.equal(until(stock.rows));
    expect(stock.result.policyThread).to.equal(null);
  });

  it("with act=1 decides as the model says, while that is confident", () => {
    const given = { act: 1, threshold: 1 }; // one right answer in a hundred is confidence enough
    const { rows, report } = run(adaptivePolicy(model, 500_000), false, given);
    expect(report!.events).to.deep.equal([]);
    const overruled = (all: TraceRow[]) =>
      all.filter(({ reason, sd_nr_balance_failed, sd_cache_nice_tries }) =>
        reason === "forced" ? sd_nr_balance_failed <= sd_cache_nice_tries : false,
      );
    expect(overruled(rows).length).to.be.greaterThan(10);
    expect(overruled(run(adaptivePolicy(model, 500_000), false, { threshold: 1 }).rows)).to.deep.equal([]);
    const unsure = run(adaptivePolicy(model, 500_000), false, { act: 1, threshold: 100, distanceNs: 1e12 });
    expect(overruled(unsure.rows).length).to.be.lessThan(overruled(rows).length / 10);
  });

  it("rolls a model back that learned from shuffled labels", () => {
    const { report } = run(
      adaptivePolicy(model, 500_000, (lesson) =>
        retrain({ ...lesson, labels: lesson.labels.map((label) => 1 - label) }),
      ),
    );
    const whats = report!.events.map(({ what }) => what);
    expect(whats.slice(0, 3)).to.deep.equal(["below", "swap", "rollback"]);
    expect(whats).not.to.include("confirmed");
    const after = report!.log.spans(25e9)[1];
    expect(after.adapted.all / after.calls, "on trial for a short time only").to.be.greaterThan(0.5);
  });

  it("refuses models that cannot adapt, wrong parameters and wrong files by name", async () => {
    const eventually = scratch("e.nt");
    writeFileSync(eventually, encodeNt(niceModel(2, false, "forced_eventually").net as never));
    const failure = async (policy: string) => {
      try {
        await under(policy, "1", 1e6);
      } catch (error) {
        expect(error).to.be.instanceOf(InputError);
        return error as InputError;
      }
      throw new Error(`${policy} was taken`);
    };
    const target = await failure(`adapt:${eventually}`);
    expect(target.details).to.include({ file: eventually, found: "forced_eventually" });
    expect((await failure(`adapt:${model}?windw=3`)).message).to.include("window");
    expect(await failure(`adapt:${model}?windw=3`)).to.be.instanceOf(RequestError);
    const low = ADAPT_PARAMETERS.window.min - 1;
    expect((await failure(`adapt:${model}?window=${low}`)).message).to.include(`${low}`);
    expect((await failure(`adapt:${scratch("none.nt")}`)).message).to.include("none.nt");
    expect(await failure("adapt:")).to.be.instanceOf(RequestError);
  });

  it("is named with its model's hash and its parameters where the run is described", async () => {
    const { made } = await under(`adapt:${model}?window=300`, "1", 1e6);
    expect(made.policy).to.equal("adapt:m.nt?window=300");
    expect(JSON.stringify(made.files)).to.include('"name":"m.nt"');
  });
});
