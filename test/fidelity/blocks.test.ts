import { expect } from "chai";
import fc from "fast-check";
import { BLOCKS, blockOf, jackknifeError, withErrors } from "../../fidelity/blocks.ts";
import { ScheduleMeter } from "../../fidelity/schedule-meter.ts";
import type { RecordedLife } from "../../traces/timelines/life.ts";

const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
  minLength: BLOCKS,
  maxLength: BLOCKS,
});
const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
const withoutEach = (xs: readonly number[]) => xs.map((_, left) => mean(xs.filter((_, i) => i !== left)));

describe("the standard error between blocks", () => {
  it("is of a mean the standard deviation between blocks by the square root of their number", () =>
    fc.assert(
      fc.property(values, (blocks) => {
        const middle = mean(blocks);
        const deviation = Math.sqrt(
          blocks.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (blocks.length - 1),
        );
        const expected = deviation / Math.sqrt(blocks.length);
        expect(jackknifeError(withoutEach(blocks))).to.be.closeTo(expected, 1e-9 + expected * 1e-6);
      }),
    ));

  it("grows with the values, and does not depend on their order or on what they all have", () =>
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 9 }), (blocks, times) => {
        const error = jackknifeError(blocks);
        const near = 1e-6 * (1 + error);
        expect(jackknifeError(blocks.map((x) => x * times))).to.be.closeTo(times * error, times * near);
        expect(jackknifeError(blocks.toReversed())).to.be.closeTo(error, near);
        expect(jackknifeError(blocks.map((x) => x + times))).to.be.closeTo(error, near);
        expect(jackknifeError(blocks.map(() => times))).to.equal(0);
      }),
    ));

  it("is within reach of the true one: of a second recording the mean lies within two of them, mostly", () => {
    // of ten values each from a fixed sequence of multiples of the golden ratio, which are even over 0..1
    const golden = (n: number) => (n * 0.618033988749895) % 1;
    const random = (seed: number) => Array.from({ length: BLOCKS }, (_, i) => golden((seed * 7919 + i) ** 2));
    const pairs = Array.from({ length: 500 }, (_, i) => [random(2 * i + 1), random(2 * i + 2)] as const);
    const hits = pairs.filter(([a, b]) => Math.abs(mean(a) - mean(b)) <= 2 * jackknifeError(withoutEach(a)));
    expect(hits.length / pairs.length).to.be.within(0.7, 0.95); // 0.84 by Student's t, as the second is as uncertain
  });

  it("is given to each metric by its place", () => {
    const metrics = withErrors((without) => [
      { name: "same", family: "rate", value: 3, events: 1 },
      { name: "of the first block", family: "rate", value: without === 0 ? 0 : 10, events: 1 },
    ]);
    expect(metrics.map(({ value, error }) => [value, error])).to.deep.equal([
      [3, 0],
      [10, Math.sqrt(0.9 * (9 + 81))],
    ]);
  });

  it("has every moment in one block, in order, and all blocks equally long", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 1e12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (length, at) => {
          const block = blockOf(at * length, length);
          expect(block).to.be.within(Math.floor(at * BLOCKS) - 1, Math.floor(at * BLOCKS) + 1);
          expect(block).to.be.within(0, BLOCKS - 1);
          expect(blockOf((at * length) / 2, length)).to.be.at.most(block);
        },
      ),
    ));
});

describe("a schedule in blocks", () => {
  const task = (index: number) =>
    ({ index, pid: index + 1, comm: `task-${index}`, cpu: 0 }) as unknown as RecordedLife;
  const LENGTH = 1_000_000;

  /** Runs of tasks, each on its own CPU: from, to, and how long it waited before. */
  type Run = readonly [cpu: number, from: number, to: number, waited: number];
  const run = fc
    .tuple(fc.nat(3), fc.nat(LENGTH), fc.nat(300_000), fc.nat(200_000))
    .map(([cpu, from, length, waited]): Run => [cpu, from, from + length, Math.min(from, waited)]);

  function measured(runs: readonly Run[], length = LENGTH): ScheduleMeter {
    const meter = new ScheduleMeter(length);
    for (const [cpu, from, to, waited] of runs) {
      meter.wakes(task(cpu), from - waited, "timer" as never, null);
      meter.comes(task(cpu), cpu, from, waited);
      meter.ran(task(cpu), cpu, from, to);
      meter.leaves(task(cpu), cpu, to, "S");
    }
    return meter;
  }
  const metricsOf = (meter: ScheduleMeter, length = LENGTH) =>
    new Map(meter.metrics(length / 1e9, 4, meter.names()).map((metric) => [metric.name, metric]));

  it("is as a whole what it would be without them: all time up to the end, and every event, once", () =>
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 40 }), (runs) => {
        const metrics = metricsOf(measured(runs));
        const sum = (of: (run: Run) => number) => runs.reduce((total, each) => total + of(each), 0);
        const within = (from: number, to: number) => Math.max(0, Math.min(to, LENGTH) - from);
        const close = (name: string, expected: number) =>
          expect(metrics.get(name)!.value, name).to.be.closeTo(expected, 1e-6 * (1 + expected));
        close("run s/s", sum(([, from, to]) => within(from, to)) / LENGTH);
        close("wait s/s", sum(([, from, , waited]) => within(from - waited, from)) / LENGTH);
        close("switches/s", (runs.length * 1e9) / LENGTH);
      }),
    ));

  it("that is the same in each block has no error, and one in which all happens in one block has a large one", () => {
    const block = LENGTH / BLOCKS;
    const even = Array.from({ length: BLOCKS }, (_, i): Run => [0, i * block + 20, i * block + 500, 10]);
    for (const [name, { error, sure }] of metricsOf(measured(even)))
      if (sure === undefined) expect(error, name).to.be.closeTo(0, 1e-6);
    const { value, error } = metricsOf(measured([[0, 100, 600, 0]])).get("run s/s")!;
    expect(error).to.be.closeTo(value, value * 1e-9);
  });

  it("that is played slower has the same errors, in its own time", () =>
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 40 }), (runs) => {
        const slower = runs.map(([cpu, ...times]) => [cpu, ...times.map((t) => 8 * t)] as unknown as Run);
        const [one, eight] = [metricsOf(measured(runs)), metricsOf(measured(slower, 8 * LENGTH), 8 * LENGTH)];
        for (const [name, { family, value, error = 0 }] of one) {
          const other = eight.get(name)!;
          const scale = family === "rate" ? 1 / 8 : family === "stretch" ? 8 : 1;
          expect(other.value, name).to.be.closeTo(value * scale, 1e-6 * (1 + value));
          expect(other.error ?? 0, name).to.be.closeTo(error * scale, 1e-6 * (1 + error));
        }
      }),
    ));
});
