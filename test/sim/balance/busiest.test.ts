import { expect } from "chai";
import { busier, calculateImbalance, worthBalancing } from "../../../sim/balance/busiest.ts";
import { CPU_IDLE, CPU_NOT_IDLE } from "../../../sim/state/core-listener.ts";
import type { SchedGroup } from "../../../sim/state/domain.ts";
import { SD_NUMA, SD_SHARE_PKG_RESOURCES } from "../../../sim/state/domain.ts";
import {
  DomainStats,
  GROUP_FULLY_BUSY,
  GROUP_HAS_SPARE,
  GROUP_IMBALANCED,
  GROUP_OVERLOADED,
  GroupStats,
} from "../../../sim/state/group-stats.ts";
import { type LbEnv, MIGRATE_LOAD, MIGRATE_TASK, MIGRATE_UTIL } from "../../../sim/state/lb-env.ts";

type Fields = Partial<Omit<GroupStats, "clear" | "copy">>;

/** Statistics of two groups of four CPUs, idle where nothing else is said; results worked out from fair.c of Linux 6.1. */
function statsOf(local: Fields, busiest: Fields, domain: Partial<DomainStats> = {}): DomainStats {
  const plain = { groupWeight: 4, groupCapacity: 4096, idleCpus: 0, sumNrRunning: 4, sumHNrRunning: 4 };
  const stats = new DomainStats();
  Object.assign(stats.localStat, plain, local);
  Object.assign(stats.busiestStat, plain, busiest);
  stats.busiest = {} as SchedGroup;
  return Object.assign(stats, domain);
}

const envOf = (idle: number, flags = SD_SHARE_PKG_RESOURCES): LbEnv =>
  ({ idle, imbalance: -1, migrationType: -1, sd: { flags, imbalancePct: 117, imbNumaNr: 2 } }) as LbEnv;

function imbalanceOf(stats: DomainStats, env = envOf(CPU_IDLE)): [type: number, amount: number] {
  calculateImbalance(env, stats);
  return [env.migrationType, env.imbalance];
}

const spare = { groupType: GROUP_HAS_SPARE };
const full = { groupType: GROUP_FULLY_BUSY };
const overloaded = { groupType: GROUP_OVERLOADED };

describe("calculate_imbalance()", () => {
  it("asks for one task where affinity kept the level below from balancing", () => {
    expect(imbalanceOf(statsOf(spare, { groupType: GROUP_IMBALANCED }))).to.deep.equal([MIGRATE_TASK, 1]);
  });

  it("fills spare capacity with utilisation across caches", () => {
    const stats = statsOf({ ...spare, groupUtil: 3000 }, overloaded);
    expect(imbalanceOf(stats, envOf(CPU_IDLE, 0))).to.deep.equal([MIGRATE_UTIL, 1096]);
  });

  it("asks for one task when an idle CPU has no capacity left by utilisation, and for nothing when it is busy", () => {
    const stats = statsOf({ ...spare, groupUtil: 5000 }, overloaded);
    expect(imbalanceOf(stats, envOf(CPU_IDLE, 0))).to.deep.equal([MIGRATE_TASK, 1]);
    expect(imbalanceOf(stats, envOf(CPU_NOT_IDLE, 0))).to.deep.equal([MIGRATE_UTIL, 0]);
  });

  it("evens out tasks between siblings: half of the difference", () => {
    const stats = statsOf(
      { ...spare, sumNrRunning: 4 },
      { ...full, sumNrRunning: 9 },
      { preferSibling: true },
    );
    expect(imbalanceOf(stats)).to.deep.equal([MIGRATE_TASK, 2]);
  });

  it("evens out idle CPUs elsewhere: half of the difference", () => {
    expect(imbalanceOf(statsOf({ ...spare, idleCpus: 3 }, full))).to.deep.equal([MIGRATE_TASK, 1]);
    expect(imbalanceOf(statsOf({ ...spare, idleCpus: 1 }, { ...full, idleCpus: 2 }))).to.deep.equal([
      MIGRATE_TASK,
      0,
    ]);
  });

  it("lets a pair of tasks stay on their node while the other has room", () => {
    const env = () => envOf(CPU_IDLE, SD_NUMA);
    const quiet = statsOf({ ...spare, idleCpus: 3, sumNrRunning: 1 }, { ...full, idleCpus: 1 });
    expect(imbalanceOf(quiet, env())).to.deep.equal([MIGRATE_TASK, 0]);
    const running = statsOf({ ...spare, idleCpus: 3, sumNrRunning: 2 }, { ...full, idleCpus: 1 });
    expect(imbalanceOf(running, env())).to.deep.equal([MIGRATE_TASK, 1]);
  });

  it("takes load up to the average of the domain, no more than the busiest has above it", () => {
    const take = statsOf(
      { ...overloaded, avgLoad: 1000 },
      { ...overloaded, avgLoad: 4000 },
      { avgLoad: 2000 },
    );
    expect(imbalanceOf(take)).to.deep.equal([MIGRATE_LOAD, (1000 * 4096) / 1024]);
    const give = statsOf(
      { ...overloaded, avgLoad: 500 },
      { ...overloaded, avgLoad: 2500 },
      { avgLoad: 2000 },
    );
    expect(imbalanceOf(give)).to.deep.equal([MIGRATE_LOAD, (500 * 4096) / 1024]);
  });

  it("counts in the capacity of each group", () => {
    const half = { ...overloaded, avgLoad: 1000, groupCapacity: 2048 };
    const stats = statsOf(half, { ...overloaded, avgLoad: 4000 }, { avgLoad: 2000 });
    expect(imbalanceOf(stats)).to.deep.equal([MIGRATE_LOAD, (1000 * 2048) / 1024]);
  });

  it("takes what is missing when the busiest lies below the average: the kernel's difference wraps", () => {
    const stats = statsOf(
      { ...overloaded, avgLoad: 1000 },
      { ...overloaded, avgLoad: 1500 },
      { avgLoad: 2000 },
    );
    expect(imbalanceOf(stats)).to.deep.equal([MIGRATE_LOAD, 4000]);
  });

  it("leaves a fully busy group alone when it is above the busiest or above the average", () => {
    const above = statsOf({ ...full, groupLoad: 12000 }, { ...overloaded, avgLoad: 2000 });
    expect(imbalanceOf(above)[1]).to.equal(0);
    const average = statsOf(
      { ...full, groupLoad: 8000 },
      { ...overloaded, avgLoad: 2100 },
      { totalLoad: 12000, totalCapacity: 8192 },
    );
    expect(imbalanceOf(average)[1]).to.equal(0);
  });
});

describe("find_busiest_group()", () => {
  const worth = (stats: DomainStats, idle = CPU_IDLE) => worthBalancing(envOf(idle), stats);

  it("finds nothing where no group is busy", () => {
    expect(worth(statsOf(spare, overloaded, { busiest: null }))).to.equal(false);
  });

  it("compares overloaded groups by load, with the domain's percentage between them", () => {
    const totals = { totalLoad: 16000, totalCapacity: 8192 }; // 2000 on average
    const pair = (local: number, busiest: number) =>
      statsOf({ ...overloaded, avgLoad: local }, { ...overloaded, avgLoad: busiest }, totals);
    expect(worth(pair(1800, 2200))).to.equal(true);
    expect(worth(pair(1800, 2100)), "within 17 %").to.equal(false);
    expect(worth(pair(2000, 4000)), "not below the average").to.equal(false);
    expect(worth(pair(3000, 2500)), "busier itself").to.equal(false);
  });

  it("pulls from a sibling that runs two tasks more", () => {
    const stats = (nr: number) =>
      statsOf(
        { ...spare, idleCpus: 2, sumNrRunning: 2 },
        { ...full, sumNrRunning: nr, idleCpus: 1 },
        { preferSibling: true },
      );
    expect(worth(stats(4), CPU_NOT_IDLE)).to.equal(true);
    expect(worth(stats(3), CPU_NOT_IDLE)).to.equal(false);
  });

  it("lets only an idle CPU pull from a group that is not overloaded", () => {
    const stats = statsOf({ ...spare, idleCpus: 3 }, { ...full, idleCpus: 0 });
    expect(worth(stats, CPU_IDLE)).to.equal(true);
    expect(worth(stats, CPU_NOT_IDLE)).to.equal(false);
  });

  it("leaves groups alone that have as many idle CPUs but one, and a single task", () => {
    expect(worth(statsOf({ ...spare, idleCpus: 2 }, { ...full, idleCpus: 1 }))).to.equal(false);
    const single = statsOf({ ...spare, idleCpus: 1 }, { ...full, groupWeight: 1, sumHNrRunning: 1 });
    expect(worth(single)).to.equal(false);
  });
});

describe("update_sd_pick_busiest()", () => {
  const group = (fields: Fields) => Object.assign(new GroupStats(), { sumHNrRunning: 1 }, fields);
  const cases: [string, Fields, Fields, boolean][] = [
    ["a group without fair tasks is none", spare, { ...overloaded, sumHNrRunning: 0 }, false],
    ["the worse type wins", full, overloaded, true],
    ["the better type does not", overloaded, full, false],
    [
      "more load wins among overloaded groups",
      { ...overloaded, avgLoad: 5 },
      { ...overloaded, avgLoad: 6 },
      true,
    ],
    ["equal load does not", { ...overloaded, avgLoad: 5 }, { ...overloaded, avgLoad: 5 }, false],
    [
      "fewer idle CPUs win among groups with spare capacity",
      { ...spare, idleCpus: 2 },
      { ...spare, idleCpus: 1 },
      true,
    ],
    [
      "with equally many idle CPUs, more tasks win",
      { ...spare, idleCpus: 1, sumNrRunning: 2 },
      { ...spare, idleCpus: 1, sumNrRunning: 3 },
      true,
    ],
    [
      "with equally many of both, the first stays",
      { ...spare, idleCpus: 1, sumNrRunning: 2 },
      { ...spare, idleCpus: 1, sumNrRunning: 2 },
      false,
    ],
    [
      "the first group that affinity kept from balancing stays",
      { groupType: GROUP_IMBALANCED },
      { groupType: GROUP_IMBALANCED },
      false,
    ],
  ];
  for (const [what, best, next, expected] of cases)
    it(what, () => {
      expect(busier(group(best), group(next))).to.equal(expected);
    });
});
