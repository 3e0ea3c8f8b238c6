import { cpuNumbers, type Topology } from "../chip/topology.ts";
import { D0 } from "../lib/arithmetic.ts";
import { CpuMask } from "../lib/cpumask.ts";
import { TreeNodes } from "../lib/rbtree.ts";
import type { MigrationQuery, Verdict } from "../policy/policy.ts";
import { migrationCostTime, type Tunables } from "../tunables.ts";
import type { Balancer } from "./balancer.ts";
import { BOOT_CLOCK } from "./boot-clock.ts";
import type { CfsRq } from "./cfs-rq.ts";
import type { CoreListener } from "./core-listener.ts";
import { CoreTimers } from "./core-timers.ts";
import { CpuSnapshot } from "./cpu-snapshot.ts";
import { DecisionQuery } from "./decision-query.ts";
import type { SchedEntity } from "./entity.ts";
import { DomainStats, GroupStats } from "./group-stats.ts";
import { LbEnv } from "./lb-env.ts";
import { NohzState } from "./nohz-state.ts";
import type { Ranking } from "./ranking.ts";
import { RootDomain } from "./root-domain.ts";
import { Rq } from "./rq.ts";
import { RtBandwidth } from "./rt-bandwidth.ts";
import type { FairClass, RtClass, SchedClass, SchedClasses } from "./sched-class.ts";
import type { Task } from "./task.ts";
import { TaskGroup } from "./task-group.ts";
import { NICE_0_WEIGHT } from "./weights.ts";

export type Decide = (query: MigrationQuery) => Verdict;

/** throttle_cfs_rq(), which enqueuing an entity may end in and itself dequeues some: false where there is run time. */
export type Throttle = (machine: Machine, cfs: CfsRq) => boolean;

/** What a machine is given from outside. */
export interface MachineParts {
  /** The policy's decide(); null: the stock rule of can_migrate_task(), inlined. */
  decide: Decide | null;
  /** The policy's order of candidates; null: detach_tasks() goes from the tail of the list. */
  ranking: Ranking | null;
  /** Moves a task to an idle CPU as the policy says, if it does; null: balancing alone moves tasks. */
  pull: ((machine: Machine) => boolean) | null;
  classes: SchedClasses;
  balancer: Balancer;
  throttle: Throttle;
}

/** Everything the scheduler's functions share: the queues and what is global in the kernel. */
export class Machine {
  readonly cpus: Rq[];
  readonly rootGroup = new TaskGroup(0, null, null);
  readonly tunables: Tunables;
  listener: CoreListener = {};
  readonly decide: Decide | null;
  readonly ranking: Ranking | null;
  readonly pull: MachineParts["pull"];
  readonly balancer: Balancer;
  readonly throttle: Throttle;
  /** Highest first. */
  readonly classes: readonly SchedClass[];
  readonly fair: FairClass;
  readonly rt: RtClass;
  readonly rtBandwidth: RtBandwidth;
  readonly rootDomain: RootDomain;
  /** sched_clock(): the same on all CPUs. ns */
  clock = D0;
  jiffies = 0;
  /** smp_processor_id() of what executes now; -1 = some CPU outside the machine. */
  thisCpu = -1;
  /** rd->overload: some queue has more than one task. */
  overload = false;
  /** Some CPU has had less left for fair tasks than it has: until then all capacities are as at the start. */
  capacityVaries = false;
  /** sched_smt_active() */
  smtActive = false;
  /** sched_nr_latency: tasks up to which the period stays latencyNs. */
  schedNrLatency = 0;
  /** jiffies */
  readonly maxBalanceInterval: number;
  readonly hz: number;
  /** Last CPU that code outside the machine picked to spread tasks (distribute_cpu_mask_prev of its CPU). */
  distributeCursor = -1;
  events = 0;
  /** Answers of a policy's place() that the hard rules forbade. */
  placesVetoed = 0;

  /** Takes interrupts from CPU to CPU, which SchedulerCore.interruptArrives() ends; null: they arrive at once. */
  interruptLater: ((cpu: number) => void) | null = null;
  /** The same of nohz kicks alone, which SchedulerCore.nohzKickArrives() ends. */
  nohzKickLater: ((cpu: number) => void) | null = null;
  /** CPUs whose stopper has been woken by an interrupt that does not arrive yet, in order; null: none is held up. */
  heldStoppers: number[] | null = null;

  /** CPUs with something to do before the machine rests: a ring, each CPU at most once. */
  readonly work: Int32Array;
  workHead = 0;
  workCount = 0;

  // scratch objects, so that nothing is allocated per event
  readonly selectMask: CpuMask;
  readonly distributeMask: CpuMask;
  readonly balanceMask: CpuMask;
  readonly lbEnv: LbEnv;
  readonly activeEnv: LbEnv;
  readonly domainStats = new DomainStats();
  readonly groupStats = new GroupStats();
  readonly localStats = new GroupStats();
  readonly idlestStats = new GroupStats();
  readonly nohz: NohzState;
  readonly timers = new CoreTimers();
  readonly snapshot: CpuSnapshot;
  readonly nodes = new TreeNodes<SchedEntity>();
  /** All CPUs: the affinity of tasks that may run anywhere. */
  readonly allCpus: CpuMask;
  /** The can_migrate_task() call under way as policies and observers see it; null where nobody wants to. */
  query: DecisionQuery | null;
  /** For conformance runs: each can_migrate_task() call as a kretprobe sees it. */
  probe: ((env: LbEnv, task: Task, verdict: number) => void) | null = null;

  constructor(topology: Topology, tunables: Tunables, parts: MachineParts) {
    const nr = topology.cpus.length;
    this.tunables = tunables;
    this.decide = parts.decide;
    this.ranking = parts.ranking;
    this.pull = parts.pull;
    this.balancer = parts.balancer;
    this.throttle = parts.throttle;
    const { stop, rt, fair, idle } = parts.classes;
    this.classes = [stop, rt, fair, idle];
    this.fair = fair;
    this.rt = rt;
    this.rtBandwidth = new RtBandwidth(tunables, rt.periodTimer);
    this.rootDomain = new RootDomain(nr);
    this.query = parts.decide ? new DecisionQuery() : null;
    this.hz = tunables.hz;
    this.clock = BOOT_CLOCK;
    this.countLatency();
    // update_max_interval() counts the online CPUs while the last one is still on its way up.
    const online = Math.max(1, (topology.hardware?.cpus ?? nr) - 1);
    this.maxBalanceInterval = Math.floor((tunables.hz * online) / 10);
    this.work = new Int32Array(nr);
    this.selectMask = new CpuMask(nr);
    this.distributeMask = new CpuMask(nr);
    this.balanceMask = new CpuMask(nr);
    this.snapshot = new CpuSnapshot(nr);
    this.allCpus = CpuMask.full(nr);
    this.nohz = new NohzState(nr);
    this.cpus = cpuNumbers(topology).map((number, cpu) => {
      const own = CpuMask.of(nr, [cpu]);
      const rq = new Rq(
        cpu,
        number,
        own,
        parts.classes,
        tunables.nohz,
        this.snapshot,
        this.nodes,
        this.rootGroup,
      );
      this.rootGroup.queues.push(rq.cfs);
      return rq;
    });
    for (const rq of this.cpus) {
      rq.clock = this.clock;
      // fork_idle() leaves the load of a new task in all idle tasks but the boot CPU's, which no other forked; more CPUs
      // than these are numbered before them (sim/lockstep/harness-machine.ts)
      if (rq.number > 0 || topology.hardware?.cpus !== undefined) rq.idle.se.avg.loadAvg = NICE_0_WEIGHT;
      rq.idleStamp = this.clock; // idle since the start
      rq.avgIdle = 2 * migrationCostTime(tunables);
      rq.maxIdleBalanceCost = migrationCostTime(tunables);
      rq.cfs.minVruntime = 1 << 20;
      rq.cfs.avg.lastUpdateTime = this.clock;
      rq.rt.avg.lastUpdateTime = this.clock;
    }
    this.lbEnv = new LbEnv(this.cpus[0], this.balanceMask);
    this.activeEnv = new LbEnv(this.cpus[0], this.balanceMask);
  }

  /** What sched_update_scaling() makes of the granularities. */
  countLatency(): void {
    this.schedNrLatency = Math.ceil(this.tunables.latencyNs / this.tunables.minGranularityNs);
  }

  /** Marks that `cpu` has something to do (an interrupt, a reschedule) before the machine rests. */
  kick(cpu: number): void {
    const rq = this.cpus[cpu];
    if (rq.workQueued) return;
    rq.workQueued = true;
    let slot = this.workHead + this.workCount++;
    if (slot >= this.work.length) slot -= this.work.length;
    this.work[slot] = cpu;
  }

  /** Interrupts `cpu`, which has something to do from then on. */
  interrupt(cpu: number): void {
    if (this.interruptLater === null) this.kick(cpu);
    else this.interruptLater(cpu);
  }

  /** cpumask_any_and_distribute(): the next CPU of both masks after the one that this CPU picked last; -1 = none. */
  distribute(a: CpuMask, b: CpuMask): number {
    const here = this.thisCpu < 0 ? this : this.cpus[this.thisCpu];
    const mask = this.distributeMask;
    mask.and(a, b);
    let cpu = mask.next(here.distributeCursor + 1);
    if (cpu < 0) cpu = mask.first();
    if (cpu >= 0) here.distributeCursor = cpu;
    return cpu;
  }

  /** msecs_to_jiffies() */
  msToJiffies(ms: number): number {
    return Math.ceil((ms * this.hz) / 1000);
  }
}
