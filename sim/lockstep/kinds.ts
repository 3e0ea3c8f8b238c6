import type { Random } from "../engine/random.ts";
import { GROUP_KINDS } from "./group-kinds.ts";
import {
  BATCH,
  EVERY_POLICY,
  EXTREME_NICE,
  HOUR,
  IDLE,
  type Kind,
  MIXED_NICE,
  MS,
  NORMAL,
  SECOND,
  US,
  WITHIN,
} from "./kind.ts";

const CORPUS = { tasks: 12, steps: 200, nice: MIXED_NICE, policies: [NORMAL], within: WITHIN };

/**
 * The first nine are the kinds of the first corpus: numbers of tasks, operations and times follow its statistics. The
 * others look where it does not.
 */
export const SCENARIO_KINDS: Readonly<Record<string, Kind>> = {
  mixed: {
    ...CORPUS,
    about: "12 tasks of mixed nice values",
    operations: { tick: 55, wake: 26, block: 19 },
  },
  nine: {
    ...CORPUS,
    about: "nine busy tasks on eight CPUs",
    tasks: 9,
    nice: [0],
    operations: { tick: 94, wake: 3.5, block: 2.5 },
    allAwake: true,
  },
  overload: {
    ...CORPUS,
    about: "32 tasks, all awake",
    tasks: 32,
    nice: [0, 0, 0, 5],
    operations: { tick: 57, wake: 23, block: 20 },
    allAwake: true,
  },
  sleepers: {
    ...CORPUS,
    about: "16 tasks that sleep and wake often",
    tasks: 16,
    nice: [0, 0, 0, 5],
    operations: { tick: 22, wake: 41, block: 37 },
  },
  extremes: {
    ...CORPUS,
    about: "nice values from -20 to 19",
    nice: EXTREME_NICE,
    operations: { tick: 55, wake: 26, block: 19 },
  },
  policies: {
    ...CORPUS,
    about: "SCHED_NORMAL, SCHED_BATCH and SCHED_IDLE",
    tasks: 14,
    policies: EVERY_POLICY,
    operations: { tick: 54, wake: 26, block: 20 },
  },
  yields: {
    ...CORPUS,
    about: "tasks that yield",
    tasks: 10,
    operations: { tick: 40, wake: 24, block: 18, yield: 18 },
  },
  renice: {
    ...CORPUS,
    about: "nice values that change",
    operations: { tick: 44, wake: 25, block: 19, nice: 12 },
    renice: [-10, -5, 0, 5, 10, 19],
  },
  affinity: {
    ...CORPUS,
    about: "affinities that change",
    operations: { tick: 44, wake: 25, block: 18, affine: 13 },
  },

  everything: {
    about: "all operations, policies and nice values at once",
    tasks: 16,
    children: 12,
    steps: 600,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: EVERY_POLICY,
    operations: {
      ...{ tick: 32, wake: 22, sync: 8, block: 14, yield: 6, nice: 4, policy: 4, affine: 4 },
      ...{ fork: 3, exec: 2, exit: 1 },
    },
    within: WITHIN,
    renice: EXTREME_NICE,
  },
  crowd: {
    about: "160 tasks, changes of all sorts",
    tasks: 160,
    steps: 500,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: [NORMAL, NORMAL, NORMAL, BATCH, IDLE],
    operations: { tick: 55, wake: 20, block: 12, yield: 5, nice: 4, affine: 4 },
    within: WITHIN,
    allAwake: true,
  },
  rapid: {
    about: "steps a few ns or µs apart, many at the same moment",
    tasks: 16,
    steps: 600,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, NORMAL, BATCH, IDLE],
    operations: { tick: 12, wake: 42, block: 30, yield: 8, nice: 4, affine: 4 },
    within: [0, 10, 1500, 30 * US],
  },
  siesta: {
    // No low weights: in days of run time their vruntime would pass 2^53 (docs/deviations.md).
    about: "sleeps and runs of seconds, minutes and hours",
    tasks: 12,
    steps: 300,
    nice: [...MIXED_NICE, -20, 10],
    policies: [NORMAL, NORMAL, BATCH],
    operations: { tick: 40, wake: 32, block: 24, affine: 4 },
    within: [50 * US, 4 * MS, 300 * MS, 40 * SECOND, HOUR, 3 * HOUR],
  },
  idlers: {
    about: "SCHED_IDLE tasks, few others among them",
    tasks: 20,
    steps: 400,
    nice: [0, 0, 19, -20],
    policies: [IDLE, IDLE, IDLE, NORMAL, BATCH],
    operations: { tick: 42, wake: 30, block: 20, yield: 4, affine: 4 },
    within: WITHIN,
  },
  pinned: {
    about: "tasks bound to one or two CPUs, bindings that change",
    tasks: 20,
    steps: 500,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, NORMAL, BATCH, IDLE],
    operations: { tick: 45, wake: 25, block: 14, affine: 16 },
    within: WITHIN,
    masks: ["one", "one", "one", "quarter", "half", "any", "all"],
  },
  storm: {
    about: "all tasks woken at once, all CPUs emptied at once",
    tasks: 24,
    steps: 800,
    nice: MIXED_NICE,
    policies: [NORMAL],
    operations: { tick: 80, storm: 2, lull: 4, wake: 4, block: 8, yield: 2 },
    within: WITHIN,
  },
  hub: {
    about: "wake-ups from two CPUs only, of many partners",
    tasks: 40,
    steps: 600,
    nice: [0],
    policies: [NORMAL],
    operations: { tick: 20, wake: 45, block: 35 },
    within: [5 * US, 50 * US, 700 * US],
    wakers: 2,
  },
  pipes: {
    about: "wake-ups by wakers about to sleep (WF_SYNC)",
    tasks: 16,
    steps: 500,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, NORMAL, BATCH],
    operations: { tick: 25, sync: 35, wake: 5, block: 35 },
    within: [5 * US, 50 * US, 700 * US, 3.9 * MS],
  },
  families: {
    about: "tasks that fork, exec and exit",
    tasks: 10,
    children: 90,
    steps: 600,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, NORMAL, BATCH, IDLE],
    operations: { tick: 45, fork: 16, exec: 10, exit: 11, wake: 8, block: 8, affine: 2 },
    within: WITHIN,
  },
  switches: {
    about: "policies that change",
    tasks: 14,
    steps: 400,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: [NORMAL, BATCH, IDLE],
    operations: { tick: 44, policy: 12, wake: 22, block: 16, nice: 3, yield: 3 },
    within: WITHIN,
  },
  drowsy: {
    about: "tasks that are changed while they sleep, for long",
    tasks: 14,
    steps: 400,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: EVERY_POLICY,
    operations: { tick: 50, wake: 9, block: 14, nice: 9, policy: 5, affine: 9, exec: 2, sync: 2 },
    within: [50 * US, 3.9 * MS, 400 * MS],
  },
  chaos: {
    about: "each seed a kind of its own",
    tasks: 20,
    steps: 500,
    nice: MIXED_NICE,
    policies: EVERY_POLICY,
    operations: { tick: 1 },
    within: WITHIN,
    draw: drawChaos,
  },
  late: {
    about: "affinities that change while stoppers are held up, and much else meanwhile",
    tasks: 12,
    children: 60,
    steps: 600,
    nice: MIXED_NICE,
    policies: [NORMAL, NORMAL, NORMAL, BATCH, IDLE],
    operations: {
      ...{ tick: 30, wake: 20, sync: 3, block: 9, yield: 4, nice: 3, policy: 2, affine: 12 },
      ...{ hold: 16, fork: 6, exec: 3, exit: 2, kill: 3 },
    },
    within: WITHIN,
    masks: ["all", "all", "any", "any", "any", "half", "one"],
    allAwake: true,
  },
  killed: {
    about: "tasks that are killed, most of them while they wait for a CPU",
    tasks: 30,
    children: 120,
    steps: 600,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: [NORMAL, NORMAL, NORMAL, BATCH, IDLE],
    operations: { tick: 45, fork: 18, wake: 12, block: 6, exec: 3, yield: 2, affine: 3, kill: 16 },
    within: WITHIN,
    allAwake: true,
  },
  mayhem: {
    about: "as chaos, with stoppers held up and tasks killed",
    tasks: 20,
    steps: 500,
    nice: MIXED_NICE,
    policies: EVERY_POLICY,
    operations: { tick: 1 },
    within: WITHIN,
    draw: drawMayhem,
  },
  few: {
    about: "three tasks on an otherwise idle machine",
    tasks: 3,
    steps: 400,
    nice: MIXED_NICE,
    policies: EVERY_POLICY,
    operations: { tick: 55, wake: 20, block: 12, yield: 5, nice: 3, affine: 5 },
    within: WITHIN,
  },
  marathon: {
    about: "20 tasks for ten seconds and more",
    tasks: 20,
    steps: 4000,
    nice: [...MIXED_NICE, ...EXTREME_NICE],
    policies: EVERY_POLICY,
    operations: { tick: 75, wake: 12, block: 9, yield: 2, nice: 1, affine: 1 },
    within: WITHIN,
  },
  ...GROUP_KINDS,
};

/** Numbers of tasks, times, operations and all else at random: what no kind above has thought of. */
function drawChaos(random: Random): Partial<Kind> {
  const some = <T>(from: readonly T[]): T[] => {
    const chosen = from.filter(() => random() < 0.4);
    return chosen.length > 0 ? chosen : [from[Math.floor(random() * from.length)]];
  };
  // orders of magnitude: some operations prevail, others are rare or absent
  const weight = () => (random() < 0.25 ? 0 : 100 ** random());
  const tasks = Math.ceil(80 ** random());
  return {
    tasks,
    children: random() < 0.5 ? 0 : Math.floor(60 * random()),
    nice: some([0, -3, 5, -20, 19, 10, -11, 15, 1, -1]),
    policies: some([NORMAL, NORMAL, BATCH, IDLE]),
    operations: {
      ...{ tick: 5 + 60 * random(), wake: 5 + 30 * random(), block: 5 + 25 * random() },
      ...{
        sync: weight() / 4,
        yield: weight() / 4,
        nice: weight() / 6,
        policy: weight() / 8,
        affine: weight() / 5,
      },
      ...{
        fork: weight() / 6,
        exec: weight() / 8,
        exit: weight() / 20,
        storm: weight() / 60,
        lull: weight() / 30,
      },
    },
    within: some([0, 20, US, 50 * US, 700 * US, 3.9 * MS, 30 * MS, 500 * MS]),
    renice: some([-20, -10, -5, 0, 5, 10, 19]),
    masks: some(["all", "half", "quarter", "one", "any"]),
    wakers: random() < 0.3 ? 1 + Math.floor(3 * random()) : undefined,
    allAwake: random() < 0.3,
  };
}

/** The same, and what came later into the language: chaos stays as it is, its seeds are in the corpus. */
function drawMayhem(random: Random): Partial<Kind> {
  const { operations, ...rest } = drawChaos(random);
  return {
    ...rest,
    children: 10 + Math.floor(60 * random()),
    operations: { ...operations, fork: 1 + 8 * random(), hold: 4 + 20 * random(), kill: 5 * random() },
  };
}
