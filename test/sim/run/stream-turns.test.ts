import { expect } from "chai";
import { hardware } from "../../../sim/chip/hardware.ts";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { Semaphore } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import { IDEAL, MS, simulateIdeal, task, workload } from "./helpers.ts";

const US = 1000;

const chip = regularTopology("cores", 8, 1, 8, 8);
const guest = (values = {}) => ({ ...hardware({}, IDEAL), oneStream: 1, ...values });

/** How long tasks waited for their CPUs after they were woken, ns. */
function waits(load: ReturnType<typeof workload>, values = {}) {
  const result = simulateIdeal(load, { topology: chip, hardware: guest(values) });
  const woken = new Map<string, number>();
  const found: { comm: string; ns: number }[] = [];
  for (const event of result.timeline) {
    if (event.type === "waking") woken.set(event.task.comm, event.time);
    if (event.type !== "switch") continue;
    const { comm } = event.next;
    const since = woken.get(comm);
    if (since !== undefined) found.push({ comm, ns: event.time - since });
    woken.delete(comm);
  }
  return { found, result };
}

describe("turns of CPUs that share one stream of instructions", () => {
  it("let a CPU that was woken begin when those before it have had theirs", () => {
    const go = new Semaphore("go");
    const hogs = workload(({ spawn }) => {
      for (let cpu = 0; cpu < 7; cpu++) spawn(task(`hog${cpu}`, [S.run(30 * MS)], { affinity: [cpu] }));
      spawn(task("woken", [S.loop(20, S.semaphoreWait(go), S.run(10 * US))], { affinity: [7] }));
      spawn(task("waker", [S.loop(20, S.run(400 * US), S.semaphorePost(go))], { affinity: [0] }));
    });
    const { found } = waits(hogs);
    const ns = found.filter(({ comm }) => comm === "woken").map((each) => each.ns);
    expect(ns.length).to.be.greaterThan(5);
    // six busy CPUs lie between, with turns of at most an eighth of a tick's period each
    for (const wait of ns) expect(wait).to.be.within(0, 7 * 500 * US);
    expect(Math.max(...ns)).to.be.greaterThan(100 * US);
  });

  it("make nobody wait where all others are idle, but for the way out of being idle", () => {
    const sleeper = workload(({ spawn }) => {
      const go = new Semaphore("go");
      spawn(task("woken", [S.loop(5, S.semaphoreWait(go), S.run(100 * US))], { affinity: [3] }));
      spawn(task("waker", [S.loop(5, S.sleep(5 * MS), S.semaphorePost(go), S.sleep(MS))], { affinity: [1] }));
    });
    const { found } = waits(sleeper, { idleExitNs: 13_000 });
    for (const { comm, ns } of found) expect(ns, comm).to.be.within(0, 2 * 13_000);
    expect(found.filter(({ comm, ns }) => comm === "woken" && ns === 13_000)).to.have.lengthOf(5);
  });

  it("do all the work of the stream, whoever has them", () => {
    const busy = workload(({ spawn }) => {
      for (let i = 0; i < 13; i++)
        spawn(task(`t${i}`, [S.loop(10, S.run((i + 1) * 300 * US), S.sleep(i * 100 * US))]));
      spawn(task("hog", [S.run(100 * MS)]));
    });
    const { result } = waits(busy);
    const work = (13 * 14 * 3000) / 2 + 100_000; // us of one of eight CPUs
    expect(result.tasks.every(({ exitNs }) => exitNs > 0)).to.equal(true);
    // the hog is there to the end: the stream never stands still before
    expect(result.simulatedNs).to.be.within((work * US) / 8, (work * US) / 8 + MS);
  });

  it("begin anew with the first CPU when a timer is due: ticks come in the order of the CPUs", () => {
    const hogs = workload(({ spawn }) => {
      for (let cpu = 0; cpu < 8; cpu++) spawn(task(`hog${cpu}`, [S.run(40 * MS)], { affinity: [cpu] }));
      for (let cpu = 0; cpu < 8; cpu++) spawn(task(`too${cpu}`, [S.run(40 * MS)], { affinity: [cpu] }));
    });
    const { timeline } = simulateIdeal(hogs, { topology: chip, hardware: guest() });
    const preempted = timeline.flatMap((event) =>
      event.type === "switch" && event.prevState === "R" && event.prev.pid > 0
        ? [{ cpu: event.cpu, at: event.time % (4 * MS) }]
        : [],
    );
    // as the recordings say: CPU n's tick is n x 0.25 to 0.3 ms later than that of the first
    const of = (cpu: number) => preempted.filter((each) => each.cpu === cpu).map((each) => each.at);
    expect(Math.max(...of(0))).to.be.below(100 * US);
    for (let cpu = 2; cpu < 8; cpu++) {
      const mean = of(cpu).reduce((a, b) => a + b) / of(cpu).length;
      expect(mean, `CPU ${cpu}`).to.be.within(cpu * 200 * US, cpu * 400 * US);
    }
  });

  it("make a slice of whole jiffies one longer, where a switch comes some time after the tick's look at the clock", () => {
    const runs = (tickExitNs: number) => {
      const hogs = workload(({ spawn }) => {
        for (let i = 0; i < 16; i++) spawn(task(`hog${i}`, [S.run(200 * MS)], { affinity: [i >> 1] }));
      });
      const { timeline } = simulateIdeal(hogs, { topology: chip, hardware: guest({ tickExitNs }) });
      const since = new Map<string, number>();
      return timeline.flatMap((event) => {
        if (event.type !== "switch") return [];
        since.set(event.next.comm, event.time);
        const from = since.get(event.prev.comm);
        return event.prevState === "R" && event.prev.pid > 0 && from !== undefined && from > 20 * MS
          ? [(event.time - from) / MS]
          : [];
      });
    };
    const [together, apart] = [runs(0), runs(6 * US)];
    expect(Math.min(together.length, apart.length)).to.be.greaterThan(50);
    // two equal tasks have slices of 12 ms; a tick that comes a little late ends one
    expect(together.filter((ms) => ms > 11.5 && ms < 12.5).length / together.length).to.be.above(0.5);
    expect(apart.filter((ms) => ms > 15.5 && ms < 16.5).length / apart.length).to.be.above(0.8);
  });
});
