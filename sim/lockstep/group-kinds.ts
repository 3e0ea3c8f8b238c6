import type { Random } from "../engine/random.ts";
import {
  BATCH,
  EVERY_POLICY,
  EXTREME_NICE,
  FIFO,
  IDLE,
  type Kind,
  MIXED_NICE,
  MS,
  NORMAL,
  RR,
  US,
  WITHIN,
} from "./kind.ts";

const WEIGHTS = [1, 10, 50, 100, 100, 100, 200, 400, 1000, 10_000];
const QUOTAS = [1000, 2000, 5000, 10_000, 20_000, 50_000];
const PERIODS = [5000, 10_000, 20_000, 50_000, 100_000];
const PRIORITIES = [1, 10, 10, 49, 50, 50, 99];
const GROUPED = {
  tasks: 20,
  steps: 400,
  nice: MIXED_NICE,
  policies: [NORMAL],
  within: WITHIN,
  weights: WEIGHTS,
};
const LIMITED = { ...GROUPED, quotas: QUOTAS, periods: PERIODS, allAwake: true };

/** Kinds of scenarios with groups and with real-time tasks. */
export const GROUP_KINDS: Readonly<Record<string, Kind>> = {
  groups: {
    ...GROUPED,
    about: "groups two and three deep, weights from 1 to 10000",
    groups: 6,
    depth: 3,
    operations: { tick: 48, wake: 22, block: 16, weight: 4, yield: 2, affine: 4, attach: 4 },
  },
  nested: {
    ...GROUPED,
    about: "groups five deep, tasks of all fair policies that fork and exit",
    tasks: 16,
    children: 40,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: EVERY_POLICY,
    groups: 12,
    depth: 5,
    operations: {
      ...{ tick: 42, wake: 20, block: 12, yield: 2, affine: 3, fork: 6, exec: 3, exit: 2 },
      ...{ attach: 5, weight: 3, nice: 2, policy: 2, sync: 3 },
    },
  },
  movers: {
    ...GROUPED,
    about: "tasks that change group while they run, wait and sleep",
    groups: 5,
    depth: 3,
    operations: { tick: 40, wake: 20, block: 12, attach: 25, affine: 2, nice: 1 },
  },
  regroup: {
    ...GROUPED,
    about: "groups that come and go, with tasks moved into them and out",
    groups: 3,
    depth: 2,
    maxGroups: 10,
    operations: { tick: 38, wake: 20, block: 12, attach: 12, weight: 3, mkgroup: 7, rmgroup: 2, clear: 5 },
  },
  idlegroups: {
    ...GROUPED,
    about: "idle groups among others, SCHED_IDLE tasks in both",
    policies: [NORMAL, NORMAL, BATCH, IDLE],
    groups: 6,
    depth: 3,
    idle: 0.4,
    operations: { tick: 45, wake: 22, block: 14, gidle: 6, attach: 6, weight: 3, policy: 2, affine: 2 },
  },
  throttled: {
    ...LIMITED,
    about: "groups with quotas of 1 to 50 ms",
    groups: 4,
    depth: 2,
    limited: 0.8,
    operations: { tick: 68, wake: 14, block: 10, attach: 3, affine: 2, yield: 1 },
  },
  tight: {
    ...LIMITED,
    about: "quotas within quotas, bursts, limits that change, tasks that move and fork",
    tasks: 16,
    children: 20,
    steps: 500,
    policies: EVERY_POLICY,
    groups: 8,
    depth: 4,
    maxGroups: 10,
    limited: 0.7,
    idle: 0.1,
    quotas: [-1, 1000, 1000, 2000, 3000, 7000],
    periods: [2000, 5000, 10_000, 10_000, 25_000],
    bursts: [0, 500, 1000, 5000],
    operations: {
      ...{ tick: 50, wake: 18, block: 12, attach: 8, quota: 4, period: 2, burst: 2, weight: 2, gidle: 1 },
      ...{ mkgroup: 1, clear: 1, affine: 3, fork: 2, exit: 1, kill: 1, policy: 1, yield: 1 },
    },
  },
  fifo: {
    about: "a few SCHED_FIFO tasks on CPUs full of others",
    tasks: 24,
    steps: 400,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, NORMAL, FIFO],
    priorities: [50],
    operations: { tick: 50, wake: 26, block: 22, affine: 2 },
    within: WITHIN,
    allAwake: true,
  },
  realtime: {
    about: "SCHED_FIFO and SCHED_RR of many priorities, policies and affinities that change",
    tasks: 20,
    children: 10,
    steps: 500,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, IDLE, FIFO, RR, RR],
    priorities: PRIORITIES,
    operations: {
      ...{ tick: 42, wake: 24, block: 18, yield: 3, affine: 5, fifo: 2, rr: 2, policy: 3 },
      ...{ fork: 2, exec: 1, exit: 1, kill: 1, nice: 1, sync: 2 },
    },
    within: WITHIN,
  },
  hogs: {
    about: "real-time tasks that would never stop, for seconds",
    tasks: 16,
    steps: 1000,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, FIFO, RR],
    priorities: [10, 10, 20],
    operations: { tick: 93, wake: 3, block: 1, yield: 1, affine: 1, fifo: 0.5, policy: 0.5 },
    within: WITHIN,
    allAwake: true,
  },
  containers: {
    ...LIMITED,
    about: "groups, quotas, idle groups, real-time tasks, forks, all at once",
    tasks: 24,
    children: 30,
    steps: 600,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: [NORMAL, NORMAL, NORMAL, NORMAL, BATCH, IDLE, FIFO, RR],
    priorities: PRIORITIES,
    groups: 8,
    depth: 3,
    maxGroups: 12,
    limited: 0.4,
    idle: 0.15,
    bursts: [0, 1000, 5000],
    operations: {
      ...{ tick: 45, wake: 20, sync: 2, block: 14, yield: 2, nice: 1, policy: 2, affine: 3 },
      ...{ fork: 3, exec: 1, exit: 1, kill: 1, fifo: 1, rr: 1 },
      ...{ attach: 5, weight: 2, gidle: 1, quota: 2, period: 1, burst: 1, mkgroup: 1, clear: 1 },
    },
  },
  bedlam: {
    ...LIMITED,
    about: "groups and real-time tasks, each seed a kind of its own",
    operations: { tick: 1 },
    draw: drawBedlam,
  },
};

/** Numbers of tasks and groups, times, operations and all else at random. */
function drawBedlam(random: Random): Partial<Kind> {
  const some = <T>(from: readonly T[]): T[] => {
    const chosen = from.filter(() => random() < 0.4);
    return chosen.length > 0 ? chosen : [from[Math.floor(random() * from.length)]];
  };
  const upTo = (limit: number) => Math.floor(limit * random());
  // orders of magnitude: some operations prevail, others are rare or absent
  const rate = (most: number) => (random() < 0.25 ? 0 : most * 100 ** (random() - 1));
  const groups = upTo(12);
  return {
    tasks: Math.ceil(60 ** random()),
    children: random() < 0.5 ? 0 : upTo(40),
    nice: some([0, -3, 5, -20, 19, 10]),
    policies: [NORMAL, ...some([NORMAL, BATCH, IDLE]), ...(random() < 0.5 ? some([FIFO, RR]) : [])],
    priorities: some(PRIORITIES),
    groups,
    depth: 1 + upTo(5),
    maxGroups: groups + 1 + upTo(6),
    limited: random() < 0.3 ? 0 : random(),
    idle: random() < 0.5 ? 0 : 0.5 * random(),
    weights: some(WEIGHTS),
    quotas: some([-1, ...QUOTAS]),
    periods: some([1000, ...PERIODS]),
    bursts: some([0, 1000, 5000, 20_000]),
    operations: {
      ...{ tick: 5 + 60 * random(), wake: 5 + 30 * random(), block: 5 + 25 * random() },
      ...{ sync: rate(20), yield: rate(15), nice: rate(10), policy: rate(8), affine: rate(15) },
      ...{ fork: rate(10), exec: rate(8), exit: rate(4), kill: rate(4), storm: rate(1), lull: rate(2) },
      ...{
        attach: rate(20),
        weight: rate(8),
        gidle: rate(5),
        quota: rate(8),
        period: rate(4),
        burst: rate(4),
      },
      ...{ mkgroup: rate(4), rmgroup: rate(3), clear: rate(4), fifo: rate(5), rr: rate(5), hold: rate(10) },
    },
    within: some([0, 20, US, 50 * US, 700 * US, 3.9 * MS, 3.9 * MS, 30 * MS]),
    masks: some(["all", "half", "quarter", "one", "any"]),
    wakers: random() < 0.2 ? 1 + upTo(3) : undefined,
    allAwake: random() < 0.5,
  };
}
