/**
 * /proc/schedstat, version 15 (Linux 6.1; Documentation/scheduler/sched-stats.rst), summed over CPUs: what CPUs count, and what
 * balancing counts by domain level and kind. The simulator writes the same text (`simulate --table schedstat`).
 */

/** The three kinds of balancing, in the file's order. */
export const BALANCE_KINDS = ["idle", "busy", "newlyIdle"] as const;
export type BalanceKind = (typeof BALANCE_KINDS)[number];

/** The lb_* counters of a kind. */
export interface PassCounts {
  count: number;
  failed: number;
  gained: number;
  hotGained: number;
}

export interface DomainCounts {
  passes: Record<BalanceKind, PassCounts>;
  /** Tasks pushed by active balance (alb_pushed). */
  pushed: number;
}

export interface Schedstat {
  /** schedule() calls, those that went idle, wake-ups. */
  switches: number;
  toIdle: number;
  wakeups: number;
  /** CPU time of tasks and their waiting for a CPU, ns. */
  runNs: number;
  waitNs: number;
  /** From the lowest level up. */
  domains: DomainCounts[];
}

/** After the CPU mask come eight counters for each kind, then three of active balance. */
const PER_KIND = 8;
const COLUMNS = { count: 0, failed: 2, gained: 4, hotGained: 5 } as const;

/** Reads the counters; undefined for other versions of the file. */
export function parseSchedstat(text: string): Schedstat | undefined {
  if (!/^version 15$/m.test(text)) return undefined;
  const sum: Schedstat = { switches: 0, toIdle: 0, wakeups: 0, runNs: 0, waitNs: 0, domains: [] };
  for (const line of text.split("\n")) {
    const [label, ...words] = line.split(" ");
    const level = /^domain(\d+)$/.exec(label!)?.[1];
    if (level !== undefined) {
      sum.domains[Number(level)] ??= noCounts();
      addDomain(sum.domains[Number(level)]!, words.slice(1).map(Number));
    } else if (/^cpu\d+$/.test(label!)) {
      const [, , switches, toIdle, wakeups, , runNs, waitNs] = words.map(Number);
      sum.switches += switches!;
      sum.toIdle += toIdle!;
      sum.wakeups += wakeups!;
      sum.runNs += runNs!;
      sum.waitNs += waitNs!;
    }
  }
  return sum;
}

/** What was counted between two readings of one machine; undefined when the version is not known. */
export function schedstatBetween(before: string, after: string): Schedstat | undefined {
  const [a, b] = [parseSchedstat(before), parseSchedstat(after)];
  if (!a || !b) return undefined;
  const { domains, ...cpus } = b;
  return {
    ...less(cpus, a),
    domains: domains.map(({ passes, pushed }, level) => {
      const earlier = a.domains[level] ?? noCounts();
      const { idle, busy, newlyIdle } = earlier.passes;
      return {
        passes: {
          idle: less(passes.idle, idle),
          busy: less(passes.busy, busy),
          newlyIdle: less(passes.newlyIdle, newlyIdle),
        },
        pushed: pushed - earlier.pushed,
      };
    }),
  };
}

/** Counter by counter. */
function less<T extends { [K in keyof T]: number }>(from: T, what: T): T {
  const names = Object.keys(from) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, from[name] - what[name]])) as T;
}

const noPasses = (): PassCounts => ({ count: 0, failed: 0, gained: 0, hotGained: 0 });
const noCounts = (): DomainCounts => ({
  passes: { idle: noPasses(), busy: noPasses(), newlyIdle: noPasses() },
  pushed: 0,
});

function addDomain(to: DomainCounts, numbers: readonly number[]): void {
  BALANCE_KINDS.forEach((kind, k) => {
    for (const [name, column] of Object.entries(COLUMNS))
      to.passes[kind][name as keyof PassCounts] += numbers[k * PER_KIND + column]!;
  });
  to.pushed += numbers[BALANCE_KINDS.length * PER_KIND + 2]!;
}
