import { expect } from "chai";
import fc from "fast-check";
import type { GroupSpec } from "../../../sim/workload/groups.ts";
import { forever, type Instruction, run, setGroup, sleep } from "../../../sim/workload/script.ts";
import type { GroupEvent } from "../../../traces/timeline.ts";
import { MS, simulateIdeal, task, twoCpus, workload } from "./helpers.ts";

const PATHS = ["/a", "/a/b", "/c"];
const END = 300 * MS;

/** Sum of a counter over time. */
function areaOf(events: readonly GroupEvent[], path: string, what: GroupEvent["what"]): number {
  let area = 0;
  let since = 0;
  let cpus = 0;
  for (const event of events)
    if (event.path === path && event.what === what) {
      area += cpus * (event.time - since);
      since = event.time;
      cpus = event.cpus;
    }
  return area + cpus * (END - since);
}

describe("the groups on a timeline", () => {
  it("run, and are throttled, exactly as long as their results say", () => {
    const group = fc.constantFrom(...PATHS, "/");
    const step = fc.oneof(
      fc.integer({ min: 1, max: 9 }).map((ms): Instruction => run(ms * MS)),
      fc.integer({ min: 1, max: 5 }).map((ms): Instruction => sleep(ms * MS)),
      group.map((path): Instruction => setGroup(path)),
    );
    const body = fc.array(step, { minLength: 1, maxLength: 5 });
    const quota = fc.option(fc.integer({ min: 2, max: 30 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(group, body), { minLength: 1, maxLength: 6 }),
        fc.tuple(quota, quota, quota),
        (tasks, quotas) => {
          const specs = PATHS.map(
            (path, i): GroupSpec => ({ path, quotaNs: quotas[i] && quotas[i]! * MS, periodNs: 20 * MS }),
          );
          const { timeline, groups } = simulateIdeal(
            workload((setup) => {
              for (const [i, [path, steps]] of tasks.entries())
                setup.spawn(task(`t${i}`, [forever(...steps, run(MS))], { group: path }));
            }),
            { topology: twoCpus(), groups: specs, durationNs: END },
          );
          const events = timeline.filter((e): e is GroupEvent => e.type === "group");
          for (const { path, usageNs, throttledNs } of groups) {
            expect(areaOf(events, path, "running"), `${path} running`).to.equal(usageNs);
            expect(areaOf(events, path, "throttled"), `${path} throttled`).to.equal(throttledNs);
          }
          for (const { cpus, what } of events) expect(cpus, what).to.be.within(0, 2);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("are not there without groups", () => {
    const { timeline } = simulateIdeal(
      workload((setup) => setup.spawn(task("t", [run(MS)]))),
      { topology: twoCpus() },
    );
    expect(timeline.filter((e) => e.type === "group")).to.deep.equal([]);
  });
});
