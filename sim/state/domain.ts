import { D0 } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { DomainCounters } from "./counters.ts";
import type { GroupSums } from "./cpu-snapshot.ts";

/** Flags of a scheduling domain (include/linux/sched/sd_flags.h); the low four bits are also wake-up flags. */
export const SD_BALANCE_NEWIDLE = 0x1;
export const SD_BALANCE_EXEC = 0x2;
export const SD_BALANCE_FORK = 0x4;
export const SD_BALANCE_WAKE = 0x8;
export const SD_WAKE_AFFINE = 0x10;
/** The CPUs are threads of one core. */
export const SD_SHARE_CPUCAPACITY = 0x80;
/** The CPUs share a cache. */
export const SD_SHARE_PKG_RESOURCES = 0x100;
/** Only one balance pass at a time over such domains in the whole system. */
export const SD_SERIALIZE = 0x200;
/** Spread tasks over the sibling groups of the parent domain. */
export const SD_PREFER_SIBLING = 0x800;
export const SD_OVERLAP = 0x1000;
export const SD_NUMA = 0x2000;

/** The flags by name, lowest first. */
export const SD_FLAG_NAMES: readonly (readonly [flag: number, name: string])[] = [
  [SD_BALANCE_NEWIDLE, "SD_BALANCE_NEWIDLE"],
  [SD_BALANCE_EXEC, "SD_BALANCE_EXEC"],
  [SD_BALANCE_FORK, "SD_BALANCE_FORK"],
  [SD_BALANCE_WAKE, "SD_BALANCE_WAKE"],
  [SD_WAKE_AFFINE, "SD_WAKE_AFFINE"],
  [SD_SHARE_CPUCAPACITY, "SD_SHARE_CPUCAPACITY"],
  [SD_SHARE_PKG_RESOURCES, "SD_SHARE_PKG_RESOURCES"],
  [SD_SERIALIZE, "SD_SERIALIZE"],
  [SD_PREFER_SIBLING, "SD_PREFER_SIBLING"],
  [SD_OVERLAP, "SD_OVERLAP"],
  [SD_NUMA, "SD_NUMA"],
];

/** Flags that mean nothing in a domain of one group (SD_DEGENERATE_GROUPS_MASK). */
export const SD_NEEDS_GROUPS =
  SD_BALANCE_NEWIDLE |
  SD_BALANCE_EXEC |
  SD_BALANCE_FORK |
  SD_BALANCE_WAKE |
  SD_SHARE_CPUCAPACITY |
  SD_SHARE_PKG_RESOURCES |
  SD_SERIALIZE |
  SD_PREFER_SIBLING |
  SD_OVERLAP |
  SD_NUMA;

/** Names of the topology levels, lowest first; NUMA levels follow. Chips with several nodes in a package have no DIE. */
export const LEVEL_NAMES = ["SMT", "CLS", "MC", "DIE", "NODE"] as const;

/** State shared by all domains over the same group of CPUs (struct sched_group_capacity). */
export class GroupCapacity {
  readonly span: CpuMask;
  /** The sum of rq.capacity over the group, as it was at the last update; the jiffy from which on it is out of date. */
  capacity = 0;
  nextUpdate = 0;
  /** Set when affinity kept the level below from balancing. */
  imbalance = false;
  /** Group balance mask: the CPUs that may balance for this group at this level. */
  readonly balanceMask: CpuMask;
  /** group_balance_cpu() */
  readonly balanceCpu: number;

  constructor(span: CpuMask, balanceMask: CpuMask) {
    this.span = span;
    this.balanceMask = balanceMask;
    this.balanceCpu = balanceMask.first();
  }
}

/** struct sched_group: one side of a domain; `next` closes the ring of its domain. */
export class SchedGroup {
  next: SchedGroup;
  readonly span: CpuMask;
  /** The CPUs of `span` in ascending order. */
  readonly cpus: Int32Array;
  readonly weight: number;
  readonly sgc: GroupCapacity;
  /** Of the CPUs in `span`; all groups over these CPUs share it. */
  readonly sums: GroupSums;

  constructor(span: CpuMask, sgc: GroupCapacity, sums: GroupSums) {
    this.sums = sums;
    this.next = this;
    this.span = span;
    this.cpus = span.list();
    this.weight = this.cpus.length;
    this.sgc = sgc;
  }
}

/** struct sched_domain_shared: one per cache domain, seen by all its CPUs. */
export class SharedDomain {
  /** CPUs not in tickless idle. */
  nrBusyCpus = 0;
  /** A hint: some core may be wholly idle. */
  hasIdleCores = false;
  /** How many CPUs a wake-up may look at for an idle one (SIS_UTIL). */
  nrIdleScan = 0;
}

/**
 * A scheduling domain as one CPU has it (struct sched_domain of Linux 6.1).
 *
 * Invariants:
 *  D1. `groups` is the group that holds the domain's own CPU; the ring goes up by CPU number and wraps.
 *  D2. The child's span is that first group's span; spans grow strictly from child to parent.
 */
export class SchedDomain {
  parent: SchedDomain | null = null;
  child: SchedDomain | null = null;
  groups!: SchedGroup;
  readonly span: CpuMask;
  spanWeight: number;
  /** Index of the topology level, degenerate ones counted: 0 SMT, 1 CLS, 2 MC, 3 DIE, 4 NODE, 5.. NUMA; without DIE 3 NODE, 4.. NUMA. */
  readonly level: number;
  readonly name: string;
  flags: number;
  /** ms */
  readonly minInterval: number;
  readonly maxInterval: number;
  /** How much less often a busy CPU balances. */
  readonly busyFactor = 16;
  imbalancePct = 117;
  cacheNiceTries = 0;
  /** Imbalance in tasks tolerated between NUMA groups. */
  imbNumaNr = 0;
  shared: SharedDomain | null = null;
  nohzIdle = false;
  /** All groups lie within `span`: always, save in some NUMA topologies of three hops and more. */
  groupsInside = true;

  /** jiffies */
  lastBalance = 0;
  /** ms; doubles while balanced, up to maxInterval. */
  balanceInterval: number;
  nrBalanceFailed = 0;
  newidleCall = 512;
  newidleSuccess = 256;
  newidleRatio = 512;
  /** ns */
  maxNewidleLbCost = D0;
  lastDecayMaxLbCost = 0;
  readonly counters = new DomainCounters();

  constructor(span: CpuMask, level: number, name: string, flags: number, hardwareWeight: number) {
    this.span = span;
    this.spanWeight = span.weight();
    this.level = level;
    this.name = name;
    this.flags = flags;
    this.minInterval = hardwareWeight;
    this.maxInterval = 2 * hardwareWeight;
    this.balanceInterval = hardwareWeight;
  }
}
