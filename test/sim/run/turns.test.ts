import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import {
  resultOf,
  type SimulateOptions,
  simulate,
  simulateInTurns,
  startSimulation,
} from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { rtAppWorkload } from "../../../sim/workload/rtapp/workload.ts";
import { InputError } from "../../../traces/input-error.ts";

describe("a simulation in turns", () => {
  const options: SimulateOptions = {
    workload: modelNamed("convolution").workload(),
    topology: presetTopology("i5-1035g1"),
    seed: "1",
    durationNs: 3e9,
  };

  it("has the result of one in a single piece, row by row, and waits between the turns", async () => {
    const rows: string[][] = [[], []];
    const progress: number[][] = [[], []];
    const observed = (i: number): SimulateOptions => ({
      ...options,
      onDecision: (row) => rows[i].push(JSON.stringify(row)),
      onProgress: (now) => progress[i].push(now),
    });
    let turns = 0;
    const whole = simulate(observed(0));
    const inTurns = await simulateInTurns(observed(1), async () => {
      turns++;
    });
    expect(inTurns).to.deep.equal(whole);
    expect(rows[1]).to.deep.equal(rows[0]);
    expect(progress[1]).to.deep.equal(progress[0]);
    expect(turns).to.be.greaterThan(3);
  });

  it("ends with the error of one in a single piece", async () => {
    const endless = rtAppWorkload([
      { name: "spin.json", text: '{"tasks": {"a": {"loop": -1, "phases": {"p": {"loop": -1, "run": 0}}}}}' },
    ]);
    const stuck = { ...options, workload: endless };
    const error = await simulateInTurns(stuck, async () => {}).catch((e) => e);
    expect(error).to.be.instanceOf(InputError);
    expect(() => simulate(stuck)).to.throw(InputError, error.message);
  });

  it("may be driven by steps and up to times, in any pieces, with the same result", () => {
    const short: SimulateOptions = {
      ...options,
      workload: modelNamed("database").workload(),
      durationNs: 4e7,
    };
    const observe = (drive: (s: ReturnType<typeof startSimulation>) => void) => {
      const seen: string[] = [];
      const simulation = startSimulation({
        ...short,
        onDecision: (row) => seen.push(JSON.stringify(row)),
        onTimeline: (event) => seen.push(JSON.stringify(event)),
      });
      drive(simulation);
      return { seen, result: resultOf(simulation) };
    };
    const whole = observe((s) => s.run());
    const piece = fc.oneof(fc.record({ steps: fc.nat(200) }), fc.record({ ns: fc.nat(2e6) }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const pieced = observe((s) => {
          for (const p of pieces) {
            if ("steps" in p) for (let i = 0; i < p.steps; i++) s.step();
            else {
              const until = s.clock.now + p.ns;
              s.runUntil(until);
              if (!s.over) expect(s.clock.now).to.equal(until);
              expect(s.peek()).to.be.greaterThan(s.clock.now);
            }
          }
          s.run();
          expect(s.step()).to.equal(false);
          expect(s.peek()).to.equal(Number.POSITIVE_INFINITY);
        });
        expect(pieced).to.deep.equal(whole);
      }),
      { numRuns: 10 },
    );
  });
});
