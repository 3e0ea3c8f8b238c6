import { expect } from "chai";
import fc from "fast-check";
import { hardware } from "../../../sim/chip/hardware.ts";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import type { GroupResult } from "../../../sim/output/result.ts";
import { startSimulation } from "../../../sim/simulator.ts";
import type { GroupSpec } from "../../../sim/workload/groups.ts";
import type { TaskSpec, WorkloadSetup } from "../../../sim/workload/programme.ts";
import { forever, run, setGroup, sleep } from "../../../sim/workload/script.ts";
import { IDEAL, MS, oneCpu, rtApp, simulateIdeal, task, twoCpus, workload } from "./helpers.ts";

const busy = (group: string, more: Partial<TaskSpec> = {}) =>
  task(group.replaceAll("/", "-"), [forever(run(3 * MS))], { group, ...more });

/** As many endless tasks in each of the groups as there are CPUs, each bound to one of them. */
const onAll = (groups: readonly string[], cpus: number) =>
  workload((setup) => {
    for (const group of groups)
      for (let cpu = 0; cpu < cpus; cpu++) setup.spawn(busy(group, { affinity: [cpu] }));
  });

const chipOf = (cpus: number) => regularTopology(`${cpus}x1`, cpus, 1, cpus, cpus);
/** Two seconds of a group with a quota, and of whoever is outside, on an ideal chip. */
const limited = (
  cpus: number,
  bandwidth: Pick<GroupSpec, "quotaNs" | "periodNs" | "burstNs">,
  setUp: (setup: WorkloadSetup) => void,
) =>
  startSimulation({
    topology: chipOf(cpus),
    seed: "1",
    hardware: hardware({}, IDEAL),
    durationNs: 2000 * MS,
    groups: [{ path: "/limited", ...bandwidth }],
    workload: workload(setUp),
  });

const named = (groups: readonly GroupResult[]) => new Map(groups.map((group) => [group.path, group]));

describe("groups of a simulation", () => {
  it("share the CPUs by their weights to 1 %, where each has work for all of them", () => {
    const weight = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constantFrom(1, 100, 10_000));
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 2, maxLength: 5 }),
        fc.array(weight, { minLength: 0, maxLength: 2 }),
        fc.integer({ min: 1, max: 3 }),
        (weights, inFirst, cpus) => {
          // the first group has groups of its own in it
          const specs: GroupSpec[] = weights.map((w, i) => ({ path: `/g${i}`, weight: w }));
          specs.push(...inFirst.map((w, i) => ({ path: `/g0/h${i}`, weight: w })));
          const leaves = specs
            .map(({ path }) => path)
            .filter((path) => path !== "/g0" || inFirst.length === 0);
          const { groups } = simulateIdeal(onAll(leaves, cpus), {
            topology: chipOf(cpus),
            groups: specs,
            durationNs: 10_000 * MS,
          });
          const usage = named(groups);
          const check = (paths: readonly string[], of: number, over: number) => {
            const total = paths.reduce((sum, path) => sum + usage.get(path)!.weight, 0);
            for (const path of paths) {
              const { usageNs, weight: own } = usage.get(path)!;
              expect(Math.abs(usageNs / of - own / total), `${path} of ${over}`).to.be.at.most(0.01);
            }
          };
          const all = 10_000 * MS * cpus;
          check(
            specs.filter(({ path }) => !path.includes("h")).map(({ path }) => path),
            all,
            1,
          );
          const inside = specs.map(({ path }) => path).filter((path) => path.includes("h"));
          if (inside.length > 0 && usage.get("/g0")!.usageNs > all / 10)
            check(inside, usage.get("/g0")!.usageNs, 2);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("never run longer than their quotas, but for one slice on each CPU", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 50_000 }),
        fc.integer({ min: 5000, max: 100_000 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        (quotaUs, periodUs, burstUs, cpus, tasks, sleepy) => {
          const quotaNs = quotaUs * 1000;
          const periodNs = periodUs * 1000;
          const burstNs = Math.min(burstUs * 1000, quotaNs);
          const body = sleepy ? [forever(run(2 * MS), sleep(3 * MS))] : [forever(run(2 * MS))];
          const simulation = limited(cpus, { quotaNs, periodNs, burstNs }, (setup) => {
            for (let i = 0; i < tasks; i++) setup.spawn(task(`t${i}`, body, { group: "/limited" }));
            for (let i = 0; i < cpus; i++) setup.spawn(task(`free${i}`, body));
          });
          const slices = 5 * MS * cpus;
          for (let at = 0; at < 2000 * MS; at += 7 * MS) {
            simulation.runUntil(at);
            const [{ usageNs }] = simulation.groups.results();
            expect(usageNs).to.be.at.most(quotaNs * (1 + Math.floor(at / periodNs)) + slices);
          }
          simulation.run();
          const [{ usageNs, nrPeriods, nrThrottled }] = simulation.groups.results();
          if (!sleepy && quotaNs < periodNs * Math.min(cpus, tasks) * 0.25) {
            // and not much shorter either
            expect(usageNs).to.be.at.least(quotaNs * Math.floor((2000 * MS) / periodNs) * 0.95 - slices);
            expect(nrThrottled).to.be.within(1, nrPeriods);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("run in no period longer than their quota and what they have saved, but for one slice on each CPU", () => {
    const us = (min: number, max: number) => fc.integer({ min, max }).map((n) => n * 1000);
    fc.assert(
      fc.property(
        us(1000, 50_000),
        us(5000, 100_000),
        us(0, 20_000),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(us(300, 9000), us(0, 9000)), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 2 }),
        (quotaNs, periodNs, burst, cpus, tasks, others) => {
          const burstNs = Math.min(burst, quotaNs);
          const simulation = limited(cpus, { quotaNs, periodNs, burstNs }, (setup) => {
            for (const [i, [ran, slept]] of tasks.entries()) {
              const body = slept === 0 ? [run(ran)] : [run(ran), sleep(slept)];
              setup.spawn(task(`t${i}`, [forever(...body)], { group: "/limited" }));
            }
            for (let i = 0; i < others * cpus; i++) setup.spawn(task(`free${i}`, [forever(run(MS))]));
          });
          let before = 0;
          for (let at = periodNs; at <= 2000 * MS; at += periodNs) {
            simulation.runUntil(at - 1);
            const [{ usageNs }] = simulation.groups.results();
            expect(usageNs - before, `before ${at}`).to.be.at.most(quotaNs + burstNs + 5 * MS * cpus);
            before = usageNs;
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("give way to all others when they are idle groups", () => {
    const { groups, totals } = simulateIdeal(onAll(["/idle", "/other"], 1), {
      topology: oneCpu(),
      groups: [{ path: "/idle", idle: true }],
      durationNs: 2000 * MS,
    });
    const usage = named(groups);
    expect(usage.get("/idle")!.usageNs / totals.runNs).to.be.within(0.001, 0.01);
    expect(usage.get("/idle")!.weight).to.equal(0);
  });

  it("take their tasks to their own CPUs, and back when these leave", () => {
    const { timeline } = simulateIdeal(
      workload((setup) =>
        setup.spawn(
          task("t", [run(MS), setGroup("/right"), run(4 * MS), setGroup("/"), run(MS)], { affinity: [0] }),
        ),
      ),
      { topology: twoCpus(), groups: [{ path: "/right", cpus: [1] }] },
    );
    const cpus = timeline.flatMap((e) =>
      e.type === "switch" && e.next.comm === "t" ? [[e.cpu, e.time]] : [],
    );
    expect(cpus).to.deep.equal([
      [0, 0],
      [1, MS],
    ]);
  });

  it("count a throttled task's wait as nobody's fault", () => {
    const { conservation, groups } = simulateIdeal(onAll(["/limited"], 1), {
      topology: oneCpu(),
      groups: [{ path: "/limited", quotaNs: 10 * MS, periodNs: 100 * MS }],
      durationNs: 1000 * MS,
    });
    expect(conservation.violatedNs).to.equal(0);
    const { usageNs, throttledNs, nrPeriods, nrThrottled } = groups[0];
    expect(usageNs).to.be.within(100 * MS, 105 * MS);
    expect(throttledNs + usageNs).to.equal(1000 * MS);
    expect([nrPeriods, nrThrottled]).to.deep.equal([10, 10]);
  });

  it("are those of an rt-app file's taskgroup, of tasks and of phases", () => {
    const { groups } = simulateIdeal(
      rtApp(`{ "global": { "duration": 1 }, "tasks": {
        "web": { "taskgroup": "/web", "cpus": [0], "run": 1000 },
        "db":  { "cpus": [0], "phases": {
          "one": { "taskgroup": "/db/fast", "loop": 100, "run": 1000 },
          "two": { "taskgroup": "/db/slow", "loop": 100, "run": 1000 } } } } }`),
      { topology: oneCpu(), groups: [{ path: "/web", weight: 300 }] },
    );
    const usage = named(groups);
    expect([...usage.keys()]).to.deep.equal(["/web", "/db", "/db/fast", "/db/slow"]);
    expect(usage.get("/web")!.usageNs / (1000 * MS)).to.be.within(0.73, 0.77);
    expect(usage.get("/db")!.usageNs).to.equal(
      usage.get("/db/fast")!.usageNs + usage.get("/db/slow")!.usageNs,
    );
  });

  it("come one for each session when asked for", () => {
    const { groups } = simulateIdeal(onAll(["/named"], 1), {
      topology: oneCpu(),
      autogroup: true,
      durationNs: MS,
    });
    expect(groups.map(({ path }) => path)).to.deep.equal(["/named"]);
    const nobody = workload((setup) => setup.spawn(task("t", [run(MS)])));
    const auto = simulateIdeal(nobody, { topology: oneCpu(), autogroup: true });
    expect(auto.groups.map(({ path, usageNs }) => [path, usageNs])).to.deep.equal([["/autogroup-1", MS]]);
  });

  it("come one for each session with its own nice value, as /proc/PID/autogroup gives it", () => {
    const two = workload((setup) => {
      setup.spawn(task("own", [forever(run(MS))]));
      setup.spawn(task("other", [forever(run(MS))], { group: "/other" }));
    });
    const { groups } = simulateIdeal(two, {
      topology: oneCpu(),
      autogroup: true,
      groups: [{ path: "/autogroup-1", weightNice: 5 }],
      durationNs: 5000 * MS,
    });
    const usage = named(groups);
    // nice 5 weighs 335 where nice 0 weighs 1024
    expect(usage.get("/autogroup-1")!.usageNs / (5000 * MS)).to.be.closeTo(335 / (335 + 1024), 0.01);
  });
});
