import { HARDWARE_PARAMETERS, type Hardware, hardware } from "./hardware.ts";

/**
 * What the kernel's own work takes of the one stream of instructions in a guest in virtual time, ns: instructions times 4 ns, as
 * `kernel record --clock virtual` has them by default. All that is called a cost in HARDWARE_PARAMETERS but is not named here is 0. A tick is not
 * named either: the length of rt-app's loop, by which work is matched, was measured with all CPUs ticking.
 *
 * Fitted to what Linux 6.1 made of examples/fidelity/sleepers.json and periodic.json in virtual time: of 250 million instructions a second 1,800
 * cycles of work and sleep left 86 % for the work, 76 us for each cycle besides it (19,000 instructions). The pass by how many newly-idle ones
 * there were of these two, rtapp-bursts.json and waves.json.
 */
export const GUEST_COSTS: Partial<Hardware> = {
  /** To a task or to idle, with what rt-app does between two events: clocks, its log, the call that sleeps. */
  contextSwitchNs: 25_000,
  /** A timer's interrupt and the wake-up in it, or the interrupt that reschedules another CPU. */
  ipiNs: 15_000,
  /** Some 4,500 instructions, with bringing the CPU's averages up to date. What a CPU measures of it is told by StreamTurns. */
  balancePassNs: 18_000,
};

/** A sleep of a task may end up to so much late, so that timers are due together. */
const TIMER_SLACK_NS = 50_000;

/** An instruction takes so many ns there; HARDWARE_PARAMETERS has the background's runs as instructions, one to the ns. */
const INSTRUCTION_NS = 4;

/** What is so of any guest in virtual time: interrupts are late by its CPUs' turns, and by nothing else. */
const GUEST = { oneStream: 1 } as const;
const NOT_THERE = ["smt", "cache", "costs", "inference"] as const;

/** A guest in virtual time: its CPUs share one stream of instructions, and there are no caches and no costs but instructions. */
export function guestHardware(): Hardware {
  const runs = ["kworkerRunNs", "ksoftirqdRunNs", "rcuRunNs", "unboundRunNs"] as const;
  const slow = runs.map((name) => [name, INSTRUCTION_NS * HARDWARE_PARAMETERS[name].value] as const);
  const values = { ...GUEST, timerJitterNs: TIMER_SLACK_NS, ...GUEST_COSTS, ...Object.fromEntries(slow) };
  return hardware(values, NOT_THERE);
}

/**
 * The same for tasks that were recorded there: what the kernel did for them is in their runs, and their sleeps were late already. What an idle CPU
 * did before it came to them is not, nor is it that a tick looks at the clock some time before the switch that it asks for.
 */
export const recordedGuestHardware = (): Hardware =>
  hardware({ ...GUEST, timerJitterNs: 0, idleExitNs: 13_000, tickExitNs: 6000 }, NOT_THERE);
