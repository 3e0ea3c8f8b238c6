import { expect } from "chai";
import fc from "fast-check";
import { Frequencies } from "../../../sim/chip/frequency.ts";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import * as S from "../../../sim/workload/script.ts";
import { InputError } from "../../../traces/input-error.ts";
import { IDEAL, MS, simulateIdeal, task, workload } from "../run/helpers.ts";

const STEP = 500_000;
const IDLE = 600_000;
const TABLE = { minMhz: 1000, baseMhz: 2000, turboMhz: [3000, 3000, 2600, 2200] };
const chip = (cores: number, packages = 1) => ({
  ...regularTopology("chip", cores * packages, 1, cores, cores),
  frequency: TABLE,
});
const clocked = (frequency: number) => ({ ...hardware({}, IDEAL), frequency });

/** Cores driven by hand: what the agenda does with what they ask for. */
class Bench {
  now = 0;
  readonly frequencies: Frequencies;
  readonly due: number[];
  constructor(cores: number, packages: number, mode = 1) {
    this.due = new Array(cores * packages).fill(Number.POSITIVE_INFINITY);
    const packageOf = Int32Array.from(this.due, (_, core) => Math.floor(core / cores));
    this.frequencies = new Frequencies(chip(cores, packages), packageOf, clocked(mode), {
      changed: () => undefined,
      due: (core, time) => {
        this.due[core] = time;
      },
    });
  }
  /** To that time, with all that is due until then. `each`: called after every step. */
  to(time: number, each: () => void = () => undefined): void {
    for (;;) {
      const next = Math.min(...this.due);
      if (next > time) break;
      this.now = next;
      const core = this.due.indexOf(next);
      this.due[core] = Number.POSITIVE_INFINITY;
      this.frequencies.step(core, next);
      each();
    }
    this.now = time;
  }
}

type Op = { after: number; core: number; spinNs: number };
const ops = (cores: number) =>
  fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 3 * MS }),
      core: fc.integer({ min: 0, max: cores - 1 }),
      spinNs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 * MS })),
    }),
    { maxLength: 40 },
  );

/** The same by its definition: everything looked at anew at every time at which anything can happen. */
function byDefinition(list: readonly Op[], cores: number, endNs: number): number[] {
  const core = Array.from({ length: cores }, () => ({ mhz: 1000, busy: false, spins: false, until: -1 }));
  const activeAt = (c: (typeof core)[0], now: number) => c.busy || now < c.until;
  const limit = (now: number) => {
    const n = core.filter((c) => activeAt(c, now)).length;
    return TABLE.turboMhz[Math.min(Math.max(1, n), 4) - 1];
  };
  const cap = (now: number) => {
    for (const c of core) if (activeAt(c, now)) c.mhz = Math.min(c.mhz, limit(now));
  };
  let now = 0;
  const advance = (to: number) => {
    while (now < to) {
      const grid = (Math.floor(now / STEP) + 1) * STEP;
      const rests = core.map((c) => c.until).filter((t) => t > now);
      const next = Math.min(to, grid, ...rests);
      const wasAwake = core.map((c) => activeAt(c, now));
      now = next;
      const highest = limit(now);
      if (next === grid)
        core.forEach((c, i) => {
          if (c.busy || (c.spins && now < c.until))
            c.mhz = Math.min(Math.max(c.mhz, Math.min(c.mhz + 100, highest)), highest);
          else if (!activeAt(c, now) && !wasAwake[i]) c.mhz = Math.max(1000, c.mhz - 100);
        });
      cap(now);
    }
  };
  let at = 0;
  for (const { after, core: i, spinNs } of list) {
    at += after;
    advance(at);
    const c = core[i];
    c.busy = !c.busy;
    c.spins = !c.busy && spinNs > 0;
    c.until = c.busy ? -1 : now + Math.max(spinNs, IDLE);
    cap(now);
  }
  advance(endNs);
  return core.map((c) => (activeAt(c, now) ? c.mhz : -1));
}

describe("the clocks of cores", () => {
  it("are those that their definition gives, whatever becomes busy and idle when", () => {
    fc.assert(
      fc.property(ops(5), fc.integer({ min: 0, max: 4 * MS }), (list, rest) => {
        const bench = new Bench(5, 1);
        const busy = new Array(5).fill(false);
        const endNs = list.reduce((sum, op) => sum + op.after, rest);
        let at = 0;
        for (const op of list) {
          at += op.after;
          bench.to(at);
          busy[op.core] = !busy[op.core];
          if (busy[op.core]) bench.frequencies.busy(op.core, at);
          else bench.frequencies.idle(op.core, at, op.spinNs);
        }
        bench.to(endNs);
        byDefinition(list, 5, endNs).forEach((mhz, core) => {
          if (mhz >= 0) expect(bench.frequencies.mhz[core], `core ${core}`).to.equal(mhz);
        });
      }),
    );
  });

  it("never exceed the limit of the active cores in their package, and cover all busy time", () => {
    fc.assert(
      fc.property(ops(6), fc.constantFrom(1, 2), (list, mode) => {
        const bench = new Bench(3, 2, mode);
        const busy = new Array(6).fill(false);
        let total = 0;
        const look = () => {
          for (const first of [0, 3]) {
            const among = [0, 1, 2].filter((i) => busy[first + i]);
            for (const i of among)
              expect(bench.frequencies.mhz[first + i]).to.be.within(
                mode === 1 ? 1000 : 2000,
                TABLE.turboMhz[among.length - 1],
              );
          }
        };
        for (const { after, core, spinNs } of list) {
          const from = bench.now;
          bench.to(from + after, look);
          total += after * busy.filter(Boolean).length;
          busy[core] = !busy[core];
          if (busy[core]) bench.frequencies.busy(core, bench.now);
          else bench.frequencies.idle(core, bench.now, spinNs);
          look();
        }
        bench.frequencies.settle(bench.now);
        expect(bench.frequencies.busyNs.reduce((sum, ns) => sum + ns, 0)).to.equal(total);
      }),
    );
  });

  it("rise while nothing else changes, by 100 MHz each 500 us, and stay at the limit", () => {
    const { frequencies, ...bench } = new Bench(4, 1);
    expect(bench.due).to.deep.equal(new Array(4).fill(Number.POSITIVE_INFINITY));
    const rising = new Bench(4, 1);
    rising.frequencies.busy(0, 0);
    const seen = [frequencies.mhz[0]];
    for (let i = 1; i <= 25; i++) {
      rising.to(i * STEP);
      seen.push(rising.frequencies.mhz[0]);
    }
    expect(seen).to.deep.equal(Array.from({ length: 26 }, (_, i) => Math.min(3000, 1000 + 100 * i)));
  });

  it("are kept by a core that spins, and lost by one that sleeps", () => {
    const clockAfter = (spinNs: number) => {
      const bench = new Bench(4, 1);
      bench.frequencies.busy(0, 0);
      bench.to(10 * MS);
      bench.frequencies.idle(0, 10 * MS, spinNs);
      bench.to(18 * MS);
      bench.frequencies.busy(0, 18 * MS);
      return bench.frequencies.mhz[0];
    };
    expect(clockAfter(8 * MS)).to.equal(3000);
    expect(clockAfter(0)).to.equal(3000 - 100 * 15); // asleep from 10.6 ms on
  });

  it("turn work into time: a task alone goes on as fast as its core is clocked, to the ns", () => {
    const alone = workload(({ spawn }) => spawn(task("a", [S.run(10 * MS)])));
    const r = simulateIdeal(alone, { topology: chip(4), hardware: clocked(1) });
    let [left, mhz, time] = [10 * MS * 1000, 1000, 0];
    while (left > STEP * (mhz / 2)) {
      left -= STEP * (mhz / 2);
      time += STEP;
      mhz = Math.min(3000, mhz + 100);
    }
    expect(r.tasks[0].exitNs).to.equal(time + Math.ceil(left / (mhz / 2)));
    expect(r.frequency!.busyNs["1000"]).to.equal(STEP);
    expect(r.frequency!.activeCores).to.equal(1);
  });

  it("conserve work: what tasks get done is the integral of the clocks of the cores that run them", () => {
    const bursts = fc.array(
      fc.record({ run: fc.integer({ min: 1, max: 4 * MS }), sleep: fc.integer({ min: 1, max: 3 * MS }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(fc.array(bursts, { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 2), (tasks, mode) => {
        const w = workload(({ spawn }) => {
          for (const [i, list] of tasks.entries()) {
            const body = list.flatMap(({ run, sleep }) => [S.run(run), S.sleep(sleep)]);
            spawn(task(`t${i}`, body));
          }
        });
        const r = simulateIdeal(w, { topology: chip(4), hardware: clocked(mode) });
        const asked = tasks.flat().reduce((sum, { run }) => sum + run * 1000, 0);
        const done = Object.entries(r.frequency!.busyNs).reduce(
          (sum, [mhz, ns]) => sum + ns * Math.floor((1000 * Number(mhz)) / 2000),
          0,
        );
        expect(done).to.be.at.least(asked);
        // each burst ends at a whole ns
        expect(done - asked).to.be.at.most(1500 * tasks.flat().length);
      }),
      { numRuns: 50 },
    );
  });

  it("change nothing unless they are asked for", () => {
    const run = (topology: Parameters<typeof simulateIdeal>[1]) => {
      const { frequency, timeline, ...r } = simulateIdeal(modelNamed("database").workload(), {
        durationNs: 100 * MS,
        ...topology,
      });
      return { frequency, rest: JSON.stringify([timeline, r]) };
    };
    const with_ = run({ topology: chip(4) });
    expect(with_.frequency).to.equal(null);
    expect(with_.rest).to.equal(run({ topology: { ...chip(4), frequency: undefined } }).rest);
  });

  it("are refused where a chip has no table, or no cores of its own", () => {
    const alone = workload(({ spawn }) => spawn(task("a", [S.run(MS)])));
    const on = (topology: ReturnType<typeof presetTopology>, more = {}) =>
      simulateIdeal(alone, { topology, hardware: { ...clocked(1), ...more } });
    expect(() => on(presetTopology("8x1"))).to.throw(InputError, /8x1.*xeon-6130/);
    expect(() => on(chip(2), { oneStream: 1 })).to.throw(InputError, /oneStream=1/);
  });
});
