import type { BalanceOutcome } from "../core-listener.ts";

/** Counters of one idle type, as in /proc/schedstat version 15 (lb_imbalance, a sum of estimates, is left out). */
export interface LoadBalanceCounters {
  lbCount: number;
  lbBalanced: number;
  lbFailed: number;
  lbGained: number;
  /** Tasks pulled although cache-hot. */
  lbHotGained: number;
  lbNobusyq: number;
  lbNobusyg: number;
}

/** Counters of one domain of one CPU. */
export interface DomainCounters {
  cpu: number;
  level: string;
  idle: LoadBalanceCounters;
  busy: LoadBalanceCounters;
  newlyIdle: LoadBalanceCounters;
  /** Passes that set off an active balance, and those that found all tasks pinned. */
  albCount: number;
  pinned: number;
}

const zero = (): LoadBalanceCounters => ({
  lbCount: 0,
  lbBalanced: 0,
  lbFailed: 0,
  lbGained: 0,
  lbHotGained: 0,
  lbNobusyq: 0,
  lbNobusyg: 0,
});

/** The balance statistics of all domains of all CPUs. Domains appear when they are first balanced. */
export class DomainStatistics {
  private readonly byCpu: DomainCounters[][];

  constructor(cpus: number) {
    this.byCpu = Array.from({ length: cpus }, () => []);
  }

  of(cpu: number, level: string): DomainCounters {
    const known = this.byCpu[cpu];
    for (let i = 0; i < known.length; i++) if (known[i].level === level) return known[i];
    const added = {
      cpu,
      level,
      idle: zero(),
      busy: zero(),
      newlyIdle: zero(),
      albCount: 0,
      pinned: 0,
    };
    known.push(added);
    return added;
  }

  /** One load_balance() pass; `idleType` as in enum cpu_idle_type (0 idle, 1 busy, 2 newly idle). */
  pass(cpu: number, level: string, idleType: number, outcome: BalanceOutcome, moved: number): void {
    if (outcome === "not_ours") return;
    const domain = this.of(cpu, level);
    const c = idleType === 0 ? domain.idle : idleType === 1 ? domain.busy : domain.newlyIdle;
    c.lbCount++;
    c.lbGained += moved;
    if (outcome === "nobusyg") c.lbNobusyg++;
    if (outcome === "nobusyq") c.lbNobusyq++;
    if (outcome === "nobusyg" || outcome === "nobusyq") c.lbBalanced++;
    if (outcome === "failed" || outcome === "active") c.lbFailed++;
    if (outcome === "active") domain.albCount++;
    if (outcome === "pinned") domain.pinned++;
  }

  hotGained(cpu: number, level: string, idle: boolean, newlyIdle: boolean): void {
    const domain = this.of(cpu, level);
    (idle ? domain.idle : newlyIdle ? domain.newlyIdle : domain.busy).lbHotGained++;
  }

  all(): DomainCounters[] {
    return this.byCpu.flat();
  }
}
