import type { SchedulerCore } from "../core.ts";
import type { Agenda } from "../engine/agenda.ts";
import type { Jitter } from "./jitter.ts";
import { PRIORITY_INTERRUPT } from "./priorities.ts";

/**
 * Interrupts that reach their CPU some time after they were due: the tick after its jiffy, the nohz kick after it was sent.
 * Where neither may be late, no event is spent on them.
 */
export class Interrupts {
  private readonly core: SchedulerCore;
  private readonly agenda: Agenda;
  private readonly jitter: Jitter;
  private readonly tick: (cpu: number) => void;
  /** By CPU; empty where ticks come with the jiffy. Owners: a CPU for its tick, CPUs + CPU for its kick. */
  private readonly tickSlots: readonly number[];

  /** `tick`: the timer interrupt of a CPU. */
  constructor(core: SchedulerCore, agenda: Agenda, jitter: Jitter, tick: (cpu: number) => void) {
    this.core = core;
    this.agenda = agenda;
    this.jitter = jitter;
    this.tick = tick;
    const slots = (first: number) => core.cpus.map((_, cpu) => agenda.add(PRIORITY_INTERRUPT, first + cpu));
    this.tickSlots = jitter.ticksTogether ? [] : slots(0);
    if (jitter.kicksAtOnce) return;
    const kicks = slots(core.cpus.length);
    core.delayNohzKicks((cpu) => agenda.schedule(kicks[cpu], agenda.clock.now + jitter.kickDelay()));
  }

  /** A jiffy begins: the ticks of all CPUs that have one are due. */
  jiffy(): void {
    const { core, agenda, jitter, tickSlots } = this;
    for (let cpu = 0; cpu < core.cpus.length; cpu++) {
      if (tickSlots.length === 0) this.takeTick(cpu);
      else if (!core.cpus[cpu].tickStopped) {
        agenda.due[0] = agenda.clock.now + jitter.tickDelay(cpu);
        agenda.scheduleDue(tickSlots[cpu]);
      }
    }
  }

  /** The event of one of its slots. */
  arrive(owner: number): void {
    const kicked = owner - this.core.cpus.length;
    if (kicked < 0) this.takeTick(owner);
    else this.core.nohzKickArrives(kicked);
  }

  /** The CPU may have gone idle since its tick was due. */
  private takeTick(cpu: number): void {
    if (!this.core.cpus[cpu].tickStopped) this.tick(cpu);
  }
}
