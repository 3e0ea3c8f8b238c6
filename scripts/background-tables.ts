/** How often the kernel's own threads run, and what the background changes: scripts/background.json as tables. */
import { background, type Calls } from "./background.ts";
import { markdownTable } from "./markdown.ts";

const LEAST = 0.1;
/** CPUs of the guest, and how long one of its instructions takes, ns. */
const CPUS = 8;
const INSTRUCTION_NS = 4;

/** Kinds of threads in the hardware's table, and what they are called in the guest. */
const KINDS = { kworker: "kworker", ksoftirqd: "ksoftirqd", rcu: "rcu_sched", unbound: "kworker/u" };

/**
 * The background's values in the hardware table as they follow from what was recorded, of two digits. Sleeps: from the wake-ups beside nine
 * busy loops, with or without the collector, whichever are more. Runs: instructions, one to the ns, from the first situation in which there
 * is such a thread, the idle one if it can be; a mean of the others has turns of other CPUs in it.
 */
export function measuredRates(): Record<string, number> {
  const { situations } = background();
  const rates: Record<string, number> = {};
  const digits = (ns: number) => Number(ns.toPrecision(2));
  for (const [name, kind] of Object.entries(KINDS)) {
    const found = situations.flatMap((s) =>
      s.kinds.filter((k) => k.kind === kind).map((k) => ({ ...k, in: s.name })),
    );
    const perSecond = Math.max(...found.filter((k) => k.in !== "idle").map((k) => k.wakeupsPerSecond));
    rates[`${name}SleepNs`] = digits(((found[0]!.perCpu ? CPUS : 1) / perSecond) * 1e9);
    rates[`${name}RunNs`] = digits(found[0]!.meanRunNs / INSTRUCTION_NS);
  }
  return rates;
}

/** Wake-ups and runs by kind of thread, one situation beside the other. */
export function threadTable(): string {
  const { situations } = background();
  const kinds = new Map<string, string[]>();
  for (const [at, { kinds: threads }] of situations.entries())
    for (const { kind, perCpu, wakeupsPerSecond, medianRunNs } of threads) {
      if (!situations.some((s) => s.kinds.some((k) => k.kind === kind && k.wakeupsPerSecond >= LEAST)))
        continue;
      const cells = kinds.get(kind) ?? [perCpu ? `${kind}/N` : kind, ...situations.map(() => "")];
      cells[at + 1] = `${wakeupsPerSecond.toFixed(1)}, ${(medianRunNs / 1000).toFixed(0)}`;
      kinds.set(kind, cells);
    }
  const sum = (name: string, of: (s: (typeof situations)[number]) => number) => [
    name,
    ...situations.map((s) => of(s).toFixed(1)),
  ];
  const own = (s: (typeof situations)[number]) => s.kinds.reduce((n, k) => n + k.wakeupsPerSecond, 0);
  return markdownTable(
    ["thread", ...situations.map(({ name }) => name)],
    [
      ...[...kinds.values()].sort(([a], [b]) => (a! < b! ? -1 : 1)),
      sum("all of the kernel's", own),
      sum("the collector", (s) => s.collectorPerSecond),
      sum("all tasks", (s) => s.wakeupsPerSecond),
    ],
    `l${"r".repeat(situations.length)}`,
  );
}

/** Reasons and features without and with the background, beside real ones. */
export function effectTable(): string {
  const { effect } = background();
  const [first] = effect;
  if (first === undefined) throw new Error("npx tsx scripts/background.ts --effect");
  const sides = ["off", "on", "real"] as const;
  const row = (name: string, of: (calls: Calls) => number | undefined) => [
    name,
    ...effect.flatMap((each) => sides.map((side) => String(of(each[side]) ?? ""))),
  ];
  return markdownTable(
    [
      "",
      ...effect.flatMap(({ workload }) => sides.map((side) => `${workload.replace("rtapp-", "")} ${side}`)),
    ],
    [
      row("calls a second", ({ perSecond }) => perSecond),
      ...Object.keys(first.real.reasons).map((name) => row(`${name} %`, ({ reasons }) => reasons[name])),
      ...Object.keys(first.real.features).map((name) =>
        row(`mean ${name}`, ({ features }) => features[name]),
      ),
    ],
    `l${"r".repeat(3 * effect.length)}`,
  );
}
