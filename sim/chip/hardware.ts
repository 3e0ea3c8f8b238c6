import { InputError } from "../../traces/input-error.ts";

/**
 * What running costs on the modelled chip, beyond the scheduler's own decisions. All values are integers; times are ns
 * of the CPU concerned and are charged as lost progress of the task running there (idle CPUs absorb them).
 *
 * The table below is the one place where unit, default and source of each parameter stand. The defaults describe the
 * i5-1035G1 (Ice Lake-U, 48 KiB L1d and 512 KiB L2 per core, 6 MiB shared L3) to the order of magnitude: they are
 * taken from published measurements on like machines, not measured on that chip.
 */
interface HardwareParameter {
  readonly unit: string;
  readonly value: number;
  /** Value that switches the effect off. */
  readonly off: number;
  readonly max: number;
  readonly about: string;
  readonly source: string;
}

/** What can be set of the hardware: defaults, ranges and units. */
export const HARDWARE_PARAMETERS = {
  smtSharePermille: {
    unit: "permille",
    value: 620,
    off: 1000,
    max: 1000,
    about:
      "speed of each of two busy SMT threads (together 1.24 cores); each further doubling of busy threads slows them by the same factor",
    source:
      "Bulpin & Pratt 2004: two threads give 1.2 x one on average; Intel states up to 1.3 x; beyond two threads assumed",
  },
  oneStream: {
    unit: "0 or 1",
    value: 0,
    off: 0,
    max: 1,
    about:
      "CPUs have turns, as QEMU's have: one at a time does the work of all (in place of SMT) while the others stand still, and interrupts come with the turn",
    source: "a guest in virtual time: QEMU runs all its CPUs in turn and counts their instructions together",
  },
  frequency: {
    unit: "0, 1 or 2",
    value: 0,
    off: 0,
    max: 2,
    about:
      "work is done at the clock of the core, where the chip has a table of frequencies, and counts in ns at the base frequency; idle cores fall to the lowest (1), or no lower than the base frequency (2)",
    source: "Nest (EuroSys 2022) compares the governors schedutil and performance",
  },
  frequencyStepNs: {
    unit: "ns",
    value: 500_000,
    off: 500_000,
    max: 1_000_000_000,
    about: "clocks rise and fall by 100 MHz at multiples of this",
    source: "Hackenberg et al. 2015: Haswell-EP grants new frequencies about every 500 us",
  },
  frequencyIdleNs: {
    unit: "ns",
    value: 600_000,
    off: 600_000,
    max: 1_000_000_000,
    about: "an idle core counts as active and keeps its clock for so long",
    source: "intel_idle of Linux 6.1: C6 of Broadwell and Skylake servers is worth it from 600 us on",
  },
  idleExitNs: {
    unit: "ns",
    value: 0,
    off: 0,
    max: 1_000_000,
    about:
      "what an idle CPU does from an interrupt to the switch to the task that woke up, where all share one speed",
    source: "Linux 6.1 in virtual time: nobody came to an idle CPU sooner than 13 us after its wake-up",
  },
  tickExitNs: {
    unit: "ns",
    value: 0,
    off: 0,
    max: 1_000_000,
    about:
      "what a busy CPU does from its tick's look at the clock to the switch that the tick asks for, where all share one speed",
    source:
      "Linux 6.1 in virtual time beside twelve busy loops: 15.5 us between the two sched_stat_runtime, less four trace events of 2.4 us",
  },
  contextSwitchNs: {
    unit: "ns",
    value: 1200,
    off: 0,
    max: 1_000_000,
    about: "direct cost of one context switch, paid by the task switched to",
    source: "Bendersky 2018, pinned threads: 1.2 to 1.5 us; Li, Ding & Shen 2007: 3.8 us on a 2 GHz Xeon",
  },
  ipiNs: {
    unit: "ns",
    value: 500,
    off: 0,
    max: 1_000_000,
    about: "receiving one inter-processor interrupt, timer or device interrupt",
    source: "order of magnitude of an x86 interrupt entry and exit with mitigations",
  },
  tickNs: {
    unit: "ns",
    value: 1500,
    off: 0,
    max: 1_000_000,
    about: "one scheduler tick with its accounting",
    source: "Tsafrir et al. 2005: direct tick overhead of 1 to 2 us",
  },
  balancePassNs: {
    unit: "ns",
    value: 700,
    off: 0,
    max: 1_000_000,
    about: "one load_balance() pass over one domain, whatever it finds",
    source: "order of magnitude of update_sd_lb_stats() over 8 queues",
  },
  balanceTaskNs: {
    unit: "ns",
    value: 135,
    off: 0,
    max: 1_000_000,
    about: "each task looked at by detach_tasks()",
    source: "Cambyses 2026: 135 ns per scan step",
  },
  migrationNs: {
    unit: "ns",
    value: 1000,
    off: 0,
    max: 1_000_000,
    about: "moving one task between queues, paid by the CPU that balances",
    source: "two run-queue locks and a handful of remote cache lines of about 100 ns each",
  },
  syscallNs: {
    unit: "ns",
    value: 200,
    off: 0,
    max: 1_000_000,
    about: "each programme step that enters the kernel (lock, signal, send, yield ...)",
    source: "lmbench-style null call with mitigations: 100 to 300 ns",
  },
  inferenceNs: {
    unit: "ns",
    value: 206,
    off: 0,
    max: 1_000_000,
    about: "one inference of a learned policy",
    source: "LAKE (ASPLOS 2023): 206 ns for MLLB's net on the CPU",
  },
  tickOffsetNs: {
    unit: "ns",
    value: 250_000,
    off: 0,
    max: 1_000_000_000,
    about: "the tick of each CPU comes that much after its predecessor's, all within one period",
    source: "Linux 6.1 on 8 CPUs in virtual time: busy passes of CPU n lie n x 0.25 to 0.3 ms after CPU 0's",
  },
  tickJitterNs: {
    unit: "ns",
    value: 1_500_000,
    off: 0,
    max: 1_000_000_000,
    about: "and up to that much later still, each tick anew",
    source: "the same recordings: busy passes scatter by 0.4 to 0.5 ms (standard deviation) about that",
  },
  timerJitterNs: {
    unit: "ns",
    value: 500_000,
    off: 0,
    max: 1_000_000_000,
    about: "a sleep or timer ends up to that much late",
    source: "Linux's timer slack of 50 us, and the order of magnitude of leaving a deep idle state",
  },
  nohzKickJitterNs: {
    unit: "ns",
    value: 1_000_000,
    off: 0,
    max: 1_000_000_000,
    about: "an idle CPU that is to balance for all idle ones takes up to that long to begin",
    source: "fitted to the idle passes of Linux 6.1 in virtual time; C10 of Skylake takes 0.89 ms to leave",
  },
  newidleTailPermille: {
    unit: "permille",
    value: 200,
    off: 0,
    max: 1000,
    about: "share of newly-idle passes that are interrupted while the kernel measures what they cost",
    source: "fitted to the newly-idle passes of Linux 6.1 in virtual time",
  },
  newidleTailNs: {
    unit: "ns",
    value: 1_600_000,
    off: 0,
    max: 1_000_000_000,
    about: "their measured cost grows by up to that much; max_newidle_lb_cost keeps the largest",
    source: "Linux 6.1 in virtual time: max_newidle_lb_cost of 0.4 to 1.6 ms",
  },
  kworkerSleepNs: {
    unit: "ns",
    value: 2_100_000_000,
    off: 0,
    max: 1e12,
    about: "background: mean sleep of each CPU's kworker; 0: there is none",
    source: "Linux 6.1 in virtual time beside nine busy loops (scripts/background.json)",
  },
  kworkerRunNs: {
    unit: "ns",
    value: 4500,
    off: 0,
    max: 1e9,
    about: "mean work of a kworker between two sleeps",
    source: "the same guest's instructions, one to the ns (scripts/background.json)",
  },
  ksoftirqdSleepNs: {
    unit: "ns",
    value: 200_000_000_000,
    off: 0,
    max: 1e12,
    about: "mean sleep of each CPU's ksoftirqd; 0: there is none",
    source: "Linux 6.1 in virtual time beside nine busy loops (scripts/background.json)",
  },
  ksoftirqdRunNs: {
    unit: "ns",
    value: 3500,
    off: 0,
    max: 1e9,
    about: "mean work of a ksoftirqd between two sleeps",
    source: "the same guest's instructions, one to the ns (scripts/background.json)",
  },
  rcuSleepNs: {
    unit: "ns",
    value: 38_000_000,
    off: 0,
    max: 1e12,
    about: "mean sleep of the thread that drives RCU's grace periods; 0: there is none",
    source: "Linux 6.1 in virtual time beside nine busy loops (scripts/background.json)",
  },
  rcuRunNs: {
    unit: "ns",
    value: 3100,
    off: 0,
    max: 1e9,
    about: "mean work of that thread between two sleeps",
    source: "the same guest's instructions, one to the ns (scripts/background.json)",
  },
  unboundSleepNs: {
    unit: "ns",
    value: 2_100_000_000,
    off: 0,
    max: 1e12,
    about: "mean sleep of the kworker that is bound to no CPU; 0: there is none",
    source: "Linux 6.1 in virtual time beside nine busy loops (scripts/background.json)",
  },
  unboundRunNs: {
    unit: "ns",
    value: 2900,
    off: 0,
    max: 1e9,
    about: "mean work of that kworker between two sleeps",
    source: "the same guest's instructions, one to the ns (scripts/background.json)",
  },
  privateCacheBytes: {
    unit: "bytes",
    value: 524_288,
    off: 0,
    max: 1e10,
    about: "cache private to a core: the part of a working set that a move between cores loses",
    source: "i5-1035G1: 512 KiB L2 per core",
  },
  sharedCacheBytes: {
    unit: "bytes",
    value: 6_291_456,
    off: 0,
    max: 1e10,
    about: "last-level cache: the part that a move between last-level caches loses",
    source: "i5-1035G1: 6 MiB L3",
  },
  privateRefillNsPerKib: {
    unit: "ns per KiB",
    value: 50,
    off: 0,
    max: 1_000_000,
    about: "refilling the private cache from the last-level cache",
    source: "16 lines at about 3 ns each with prefetching (20 GB/s)",
  },
  sharedRefillNsPerKib: {
    unit: "ns per KiB",
    value: 100,
    off: 0,
    max: 1_000_000,
    about: "refilling the last-level cache from memory",
    source: "about 10 GB/s for one core",
  },
  privateDecayNs: {
    unit: "ns",
    value: 4_000_000,
    off: 0,
    max: 1e12,
    about:
      "time of other tasks on the core after which nothing of a working set is left in its private cache",
    source:
      "a foreign working set replaces 512 KiB within a few ms; same order as sched_migration_cost (0.5 ms)",
  },
  sharedDecayNs: {
    unit: "ns",
    value: 200_000_000,
    off: 0,
    max: 1e12,
    about: "the same for the last-level cache, in CPU time of all its CPUs",
    source: "scaled by cache size and CPUs from privateDecayNs",
  },
  memWriteBytesPerUs: {
    unit: "bytes per us",
    value: 10_000,
    off: 1e10,
    max: 1e10,
    about: "memory write rate of one core (rt-app's mem)",
    source: "about 10 GB/s for one core",
  },
  ioWriteBytesPerUs: {
    unit: "bytes per us",
    value: 500,
    off: 1e10,
    max: 1e10,
    about: "write rate of a storage device (rt-app's iorun onto anything but /dev/null)",
    source: "SATA SSD: about 500 MB/s",
  },
} as const satisfies Record<string, HardwareParameter>;

/** A parameter of the hardware. */
export type HardwareKey = keyof typeof HARDWARE_PARAMETERS;
/** What the hardware costs and shares, by parameter (HARDWARE_PARAMETERS has units and defaults). */
export type Hardware = Record<HardwareKey, number>;

const KEYS = Object.keys(HARDWARE_PARAMETERS) as HardwareKey[];

/** Parts of the model that can be switched off as a whole, and the parameters each consists of. */
export const HARDWARE_EFFECTS = {
  smt: ["smtSharePermille"],
  cache: ["privateRefillNsPerKib", "sharedRefillNsPerKib"],
  costs: ["contextSwitchNs", "ipiNs", "tickNs", "balancePassNs", "balanceTaskNs", "migrationNs", "syscallNs"],
  inference: ["inferenceNs"],
  jitter: [
    "tickOffsetNs",
    "tickJitterNs",
    "timerJitterNs",
    "nohzKickJitterNs",
    "newidleTailPermille",
    "newidleTailNs",
  ],
} as const satisfies Record<string, readonly HardwareKey[]>;
export type HardwareEffect = keyof typeof HARDWARE_EFFECTS;

/**
 * The default hardware with some values replaced and some effects switched off.
 * @throws InputError for unknown names, non-integers and values out of range.
 */
export function hardware(values: Partial<Hardware> = {}, off: readonly HardwareEffect[] = []): Hardware {
  const result = Object.fromEntries(KEYS.map((k) => [k, HARDWARE_PARAMETERS[k].value])) as Hardware;
  for (const effect of off) {
    const keys: readonly HardwareKey[] | undefined = HARDWARE_EFFECTS[effect];
    if (!keys) {
      throw new InputError("unknown hardware effect", {
        found: effect,
        expected: `one of ${Object.keys(HARDWARE_EFFECTS).join(", ")}`,
      });
    }
    for (const key of keys) result[key] = HARDWARE_PARAMETERS[key].off;
  }
  for (const [name, value] of Object.entries(values)) {
    const spec: HardwareParameter | undefined = HARDWARE_PARAMETERS[name as HardwareKey];
    if (!spec)
      throw new InputError("unknown hardware parameter", {
        field: name,
        expected: `one of ${KEYS.join(", ")}`,
      });
    const least = ["smtSharePermille", "frequencyStepNs"].includes(name) || name.endsWith("PerUs") ? 1 : 0;
    if (!Number.isInteger(value) || value < least || value > spec.max) {
      throw new InputError("hardware parameter out of range", {
        field: name,
        found: value,
        expected: `an integer ${least}..${spec.max} (${spec.unit})`,
      });
    }
    result[name as HardwareKey] = value;
  }
  return result;
}

/**
 * Speed of one SMT thread, permille of that of a thread alone on its core, while `busy` threads of the core run: s for
 * two, s^2 for four, s^3 for eight. Between these the core's throughput lies on straight lines.
 */
export function smtShare(hardware: Hardware, busy: number): number {
  let threads = 1;
  let share = 1000;
  while (busy > threads) {
    const slower = Math.max(1, Math.floor((share * hardware.smtSharePermille) / 1000));
    if (busy < 2 * threads) {
      const more = (2 * slower - share) * (busy - threads); // throughput beyond that of `threads`
      return Math.floor((threads * share + more) / busy);
    }
    share = slower;
    threads *= 2;
  }
  return share;
}
