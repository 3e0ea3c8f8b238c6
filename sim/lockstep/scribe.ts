import { InputError } from "../../traces/input-error.ts";
import {
  type Bandwidth,
  type CoreOptions,
  type NewGroupOptions,
  type NewTaskOptions,
  SCHED_FIFO,
  SCHED_NORMAL,
  SCHED_RR,
  SchedulerCore,
  type Task,
  type TaskGroup,
  type Tunables,
} from "../core.ts";
import type { DumpPrinter } from "./dump.ts";
import { inherit, putToSleep } from "./inherit.ts";
import { harnessTopology, printerFor, startAsHarness } from "./run.ts";
import {
  MAX_GROUPS,
  MAX_STEPS,
  MAX_TASKS,
  type Operation,
  type Scenario,
  type ScenarioTask,
} from "./scenario.ts";

/**
 * A scheduling core that writes down what is asked of it as a scenario, which asks the same of any other core, the
 * kernel's own code among them.
 *
 *  S1. Where the language has no word for something, it is done as a scenario can say it: tasks made before anything
 *      happens sleep from the start on and are born by a wake-up; later ones are forked as copies of their parents, and only
 *      then become what they are to be.
 *  S2. With `known`, which another scribe has written of the same run, the dump is printed, too. The pids of tasks are their numbers
 *      then.
 *  S3. What events do while a step is under way belongs to that step; the scheduler's own timers belong to no step.
 */
export class Scribe extends SchedulerCore {
  readonly scenario: Scenario;
  private readonly tasks: (Task | null)[] = [];
  private readonly numbers = new Map<Task, number>();
  private readonly groups = new Map<number, TaskGroup>();
  /** What children that have not been forked yet are to be. */
  private readonly wanted = new Map<Task, NewTaskOptions>();
  private dump: Dump | null = null;
  /** Something has happened: a task has been woken. */
  private begun = false;
  /** Clock of the last step. */
  private written = 0;

  /** `line` takes the dump of `known`, the scenario that another scribe has made of the same run. */
  constructor(options: CoreOptions, known?: Scenario, line: (text: string) => void = () => {}) {
    const { topology, tunables } = options;
    super({
      ...options,
      topology: harnessTopology(topology),
      tunables: { ...tunables, ...HARNESS_TUNABLES },
    });
    startAsHarness(this);
    this.scenario = { nohz: this.tunables.nohz, tasks: [], steps: [] };
    if (known === undefined) return;
    for (const [number, task] of known.tasks.entries())
      this.tasks.push(task.child ? null : this.make(number, task, number));
    this.dump = new Dump(printerFor(known, this, this.tasks, this.groups), line);
  }

  override newTask(options: NewTaskOptions = {}): Task {
    const number = this.scenario.tasks.length;
    if (number === MAX_TASKS) throw tooLong("tasks", MAX_TASKS);
    const described = this.begun ? CHILD : initialTask(options);
    const pid = this.dump === null ? options.pid : number; // S2
    const task = this.tasks[number] ?? this.make(number, described, pid);
    task.comm = options.comm ?? task.comm;
    this.scenario.tasks.push(described);
    this.numbers.set(task, number);
    if (this.begun) this.wanted.set(task, options);
    else this.place(task, options);
    return task;
  }

  /** Task `number` of the scenario: asleep from the start on, or a child that is still to be forked. */
  private make(number: number, { nice, policy, priority, child }: ScenarioTask, pid?: number): Task {
    if (child) return super.newTask({ pid });
    const cpu = number % this.cpus.length;
    const task = super.newTask({ pid, nice, policy, rtPriority: priority, cpu });
    putToSleep(this, task);
    return task;
  }

  override wakeNew(task: Task, parentCpu: number): void {
    const wanted = this.wanted.get(task);
    if (wanted === undefined) {
      this.wake(task, task.cpu);
      return;
    }
    const parent = this.cpus[parentCpu].curr;
    if (parent === null)
      throw new InputError("a task that nobody forks cannot be written as a scenario", {
        found: `${task.comm}, which comes after ${this.now} ns`,
        expected: "tasks that are there from the start, or are forked by a task that runs",
      });
    this.wanted.delete(task);
    this.step("fork", this.number(task), parentCpu, () => {
      inherit(task, parent);
      this.tasks[this.number(task)] = task;
      super.wakeNew(task, parentCpu);
    });
    const { nice = 0, policy = SCHED_NORMAL, rtPriority = 0 } = wanted;
    if (policy !== task.policy || rtPriority !== task.rtPriority) this.setPolicy(task, policy, rtPriority);
    if (nice !== task.nice) this.setNice(task, nice);
    this.place(task, wanted);
  }

  /** The group and the CPUs that a task is to have, in the scenario by steps of their own. */
  private place(task: Task, { group = this.machine.rootGroup, affinity }: NewTaskOptions): void {
    if (group !== task.group) this.moveTask(task, group);
    const cpus = affinity ?? this.cpus.map(({ cpu }) => cpu);
    const same = task.affinity.weight() === cpus.length && cpus.every((cpu) => task.affinity.has(cpu));
    if (!same) this.setAffinity(task, cpus);
  }

  override exec(cpu: number): boolean {
    return this.step("exec", cpu, 0, () => super.exec(cpu));
  }

  override wake(task: Task, fromCpu: number, sync = false): boolean {
    this.begun = true;
    return this.step(sync ? "sync" : "wake", this.number(task), fromCpu, () =>
      super.wake(task, fromCpu, sync),
    );
  }

  override block(cpu: number): boolean {
    return this.step("block", cpu, 0, () => super.block(cpu));
  }

  override exitCurrent(cpu: number): boolean {
    return this.step("exit", cpu, 0, () => super.exitCurrent(cpu));
  }

  override yieldCpu(cpu: number): boolean {
    return this.step("yield", cpu, 0, () => super.yieldCpu(cpu));
  }

  override setNice(task: Task, nice: number): boolean {
    return this.step("nice", this.number(task), nice, () => super.setNice(task, nice), true);
  }

  override setPolicy(task: Task, policy: number, rtPriority = 0): boolean {
    const [op, b]: [Operation, number] =
      policy === SCHED_FIFO
        ? ["fifo", rtPriority]
        : policy === SCHED_RR
          ? ["rr", rtPriority]
          : ["policy", policy];
    return this.step(op, this.number(task), b, () => super.setPolicy(task, policy, rtPriority), true);
  }

  override setAffinity(task: Task, cpus: readonly number[]): boolean {
    const mask = cpus.reduce((sum, cpu) => sum + 2 ** cpu, 0);
    return this.step("affine", this.number(task), mask, () => super.setAffinity(task, cpus), true);
  }

  override newGroup({ parent = this.machine.rootGroup }: Pick<NewGroupOptions, "parent"> = {}): TaskGroup {
    const id = this.groups.size + 1;
    if (id > MAX_GROUPS) throw tooLong("groups", MAX_GROUPS);
    return this.step("mkgroup", id, parent.id, () => {
      const group = super.newGroup({ id, parent });
      this.groups.set(id, group);
      return group;
    });
  }

  override setWeight(group: TaskGroup, weight: number): boolean {
    return this.step("weight", group.id, weight, () => super.setWeight(group, weight));
  }

  override setWeightNice(): boolean {
    throw unwritable("cpu.weight.nice");
  }

  override setIdle(group: TaskGroup, idle: boolean): void {
    this.step("gidle", group.id, idle ? 1 : 0, () => super.setIdle(group, idle));
  }

  override setBandwidth(group: TaskGroup, { periodNs, quotaNs, burstNs }: Bandwidth): boolean {
    const steps: [Operation, Bandwidth, number | undefined][] = [
      ["period", { periodNs }, periodNs],
      ["quota", { quotaNs }, quotaNs],
      ["burst", { burstNs }, burstNs],
    ];
    return steps.every(([op, bandwidth, ns]) => {
      if (ns === undefined) return true;
      const us = ns === Number.POSITIVE_INFINITY ? -1 : ns / 1000;
      if (!Number.isInteger(us)) throw unwritable(`a ${op} of ${ns} ns (no whole number of us)`);
      return this.step(op, group.id, us, () => super.setBandwidth(group, bandwidth));
    });
  }

  override moveTask(task: Task, group: TaskGroup): boolean {
    return this.step("attach", this.number(task), group.id, () => super.moveTask(task, group));
  }

  override advanceJiffies(): void {
    this.step("tick", 0, 0, () => super.advanceJiffies(), true);
  }

  override follow(clock: { readonly now: number }): void {
    this.dump?.flush();
    super.follow(clock);
  }

  override fireTimer(): void {
    this.dump?.flush();
    super.fireTimer();
  }

  /** There is no more to come. */
  end(): void {
    this.dump?.flush();
  }

  private number(task: Task): number {
    return this.numbers.get(task)!;
  }

  /**
   * Has something done that is a step of the scenario.
   * @param always The step counts as done whatever came of it.
   */
  private step<T>(op: Operation, a: number, b: number, perform: () => T, always = false): T {
    const { steps } = this.scenario;
    if (steps.length === MAX_STEPS) throw tooLong("operations", MAX_STEPS);
    this.dump?.flush();
    const { now } = this;
    steps.push({ dt: now - this.written, op, a, b });
    this.written = now;
    const result = perform();
    this.dump?.ran(`${op} ${a} ${b}${always || result !== false ? "" : " (nothing)"}`);
    return result;
  }
}

const CHILD: ScenarioTask = { nice: 0, policy: SCHED_NORMAL, priority: 0, child: true };

const initialTask = ({ nice = 0, policy = SCHED_NORMAL, rtPriority = 0 }: NewTaskOptions): ScenarioTask => ({
  ...{ nice, policy, priority: rtPriority },
  child: false,
});

/** Prints what a core is like after each step, as soon as the next one begins: a tick goes on for a while. */
class Dump {
  private readonly printer: DumpPrinter;
  private readonly line: (text: string) => void;
  private steps = -1;
  private pending: string | null = "init";

  constructor(printer: DumpPrinter, line: (text: string) => void) {
    this.printer = printer;
    this.line = line;
  }

  ran(text: string): void {
    this.pending = text;
  }

  flush(): void {
    if (this.pending === null) return;
    this.printer.step(this.steps++, this.pending);
    for (const text of this.printer.take()) this.line(text);
    this.pending = null;
  }
}

/** What the harness cannot be told: the kernel measures 0 ns for a balance pass, and draws no random numbers. */
const HARNESS_TUNABLES: Partial<Tunables> = {
  newidleCost: () => 0,
  newidleRandom: null,
  distributeAffinity: false,
};

const unwritable = (what: string): InputError =>
  new InputError(`${what} cannot be written as a scenario`, { expected: "operations of docs/lockstep.md" });

const tooLong = (what: string, most: number): InputError =>
  new InputError(`too many ${what} for a scenario`, {
    expected: `at most ${most}`,
    hint: "Simulate for a shorter time",
  });
