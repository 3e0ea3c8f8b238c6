import type { AdaptEvent } from "../../adapt/adaptation.ts";
import type { AdaptReport } from "../../lab/policy/adapt.ts";
import type { SimulatedFile } from "../../lab/simulate-file.ts";
import { TUNABLES } from "../../lab/tunables.ts";
import { HARDWARE_PARAMETERS } from "../../sim/chip/hardware.ts";
import { TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { ms } from "../../sim/output/ms.ts";
import type {
  BackgroundResult,
  FrequencyResult,
  GroupResult,
  PolicyThreadResult,
  SimulationResult,
} from "../../sim/output/result.ts";
import { MODELS } from "../../sim/workload/models/catalogue.ts";
import { REASONS } from "../../traces/schema.ts";
import { textTable } from "../output.ts";

/** Waiting that no scheduler could help: every idle CPU was one that the waiting tasks may not use. */
function forced({ conservation: { affinityForced, affinityForcedNs } }: SimulationResult): string {
  if (affinityForced === 0) return "";
  return `; besides, forced by affinity: ${affinityForced} times, ${ms(affinityForcedNs)} ms`;
}

/** Mean clock of busy cores, and the share of their time at the three frequencies where they spent most of it. */
function frequencyLine({ meanMhz, busyNs, activeCores }: FrequencyResult): string {
  const times = Object.entries(busyNs).sort(([, a], [, b]) => b - a);
  const all = times.reduce((sum, [, ns]) => sum + ns, 0);
  const most = times.slice(0, 3).map(([mhz, ns]) => `${mhz} MHz ${((100 * ns) / all).toFixed(1)} %`);
  return `clocks     ${meanMhz} MHz on average while busy (${most.join(", ")}); ${activeCores.toFixed(2)} cores active`;
}

function backgroundLine({ simulatedNs }: SimulationResult, { wakeups, runNs }: BackgroundResult): string {
  const perSecond = wakeups / (simulatedNs / 1e9);
  return `background ${wakeups} wake-ups (${perSecond.toFixed(1)} per simulated second), ran ${ms(runNs)} ms`;
}

/** How the model fared that adapted: beside it, the one that it began with. */
function adaptationLine({ events, log }: AdaptReport): string {
  const count = (what: AdaptEvent["what"]) => events.filter((event) => event.what === what).length;
  const [all] = log.spans(Number.MAX_SAFE_INTEGER);
  if (all === undefined) return "adapted    to nothing: no model was asked";
  const percent = (right: number) => `${((100 * right) / Math.max(1, all.hard)).toFixed(1)} %`;
  return (
    `adapted    ${count("swap")} new models, ${count("rollback")} rolled back; right in ${percent(all.adapted.hard)} of ` +
    `${all.hard} hard cases (left alone ${percent(all.alone.hard)}), of ${all.calls} calls`
  );
}

const threadLine = ({ jobs, runNs, waitNs }: PolicyThreadResult): string =>
  `policy     its thread did ${jobs} jobs, ran ${ms(runNs)} ms, waited ${ms(waitNs)} ms`;

/** The kinds of events, which add up to all of them; interrupts between CPUs are none of their own. */
function eventKinds({ eventsByKind: n }: SimulationResult): string {
  return `${n.switches} switches, ${n.wakeups} wake-ups, ${n.ticks} ticks, ${n.balancePasses} balance passes, ${n.migrations} migrations (and ${n.ipis} interrupts between CPUs)`;
}

/** What `nicetries simulate` prints for a person. */
export function summaryText(done: SimulatedFile): string {
  const { result: r, records, traceSha256, wallSeconds } = done;
  const ran = r.totals.runNs + (r.background?.runNs ?? 0) + (r.policyThread?.runNs ?? 0);
  const busy = (100 * ran) / Math.max(1, ran + r.totals.idleNs);
  const perSecond = r.work.units / (r.simulatedNs / 1e9);
  const kinds = Object.entries(r.migrations).filter(([, n]) => n > 0);
  return [
    `${r.workload} on ${r.chip} under ${r.policy}, seed ${r.seed}: ${ms(r.simulatedNs)} ms simulated in ${wallSeconds.toFixed(2)} s`,
    "",
    `events     ${r.events}: ${eventKinds(r)}; ${Math.round(r.events / wallSeconds)} per second of computing`,
    `work       ${r.work.units} ${r.work.unit} (${perSecond.toFixed(1)} per simulated second)${r.work.makespanNs === null ? "" : `, all done after ${ms(r.work.makespanNs)} ms`}`,
    `CPUs       ${busy.toFixed(1)} % busy; lost ${ms(r.totals.lostNs)} ms, of it cache refills ${ms(r.totals.refillNs)} ms`,
    `wake-ups   p50 ${ms(r.latency.p50Ns)} ms, p95 ${ms(r.latency.p95Ns)} ms, p99 ${ms(r.latency.p99Ns)} ms, longest ${ms(r.latency.maxNs)} ms`,
    ...(r.frequency === null ? [] : [frequencyLine(r.frequency)]),
    ...(r.background === null ? [] : [backgroundLine(r, r.background)]),
    ...(r.policyThread === null ? [] : [threadLine(r.policyThread)]),
    ...(r.policyVetoes === 0 ? [] : [`policy     ${r.policyVetoes} of its places vetoed: CFS chose instead`]),
    ...(done.adaptation === undefined ? [] : [adaptationLine(done.adaptation)]),
    `moves      ${kinds.map(([kind, n]) => `${kind} ${n}`).join(", ") || "none"}`,
    `idle while others waited: ${r.conservation.violations} times, ${ms(r.conservation.violatedNs)} ms${forced(r)}`,
    "",
    textTable(
      ["can_migrate_task", "calls", "detached"],
      [
        ...REASONS.filter((reason) => r.decisions[reason] > 0).map((reason) => [
          reason,
          String(r.decisions[reason]),
          String(r.detached[reason]),
        ]),
        ["all", String(records), String(REASONS.reduce((sum, reason) => sum + r.detached[reason], 0))],
      ],
    ),
    "",
    ...(r.groups.length === 0 ? [] : [groupTable(r), ""]),
    `rows sha256 ${traceSha256}`,
  ].join("\n");
}

/**
 * What each control group has used, beside what is due to it among those with the same parent: by their weights, of what
 * they used together.
 */
function groupTable({ groups, simulatedNs }: SimulationResult): string {
  const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/"));
  const percent = (part: number, whole: number) =>
    whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
  return textTable(
    [
      "group",
      "cpu.weight",
      "cpu.max",
      "CPUs",
      "share",
      "due",
      "throttled ms",
      "periods",
      "of them throttled",
    ],
    groups.map((group) => {
      const siblings = groups.filter(({ path }) => parentOf(path) === parentOf(group.path));
      const sum = (of: (g: GroupResult) => number) => siblings.reduce((total, g) => total + of(g), 0);
      return [
        group.path,
        group.idle ? "idle" : String(group.weight),
        group.quotaNs === null ? "max" : `${group.quotaNs / 1000} ${group.periodNs / 1000}`,
        (group.usageNs / simulatedNs).toFixed(2),
        percent(
          group.usageNs,
          sum(({ usageNs }) => usageNs),
        ),
        percent(
          group.weight,
          sum(({ weight }) => weight),
        ),
        ms(group.throttledNs),
        String(group.nrPeriods),
        String(group.nrThrottled),
      ];
    }),
  );
}

/** What `nicetries simulate --list --json` prints. */
export function catalogue() {
  const models = MODELS.map(({ name, about, standsFor, seconds, parameters }) => ({
    name,
    about,
    standsFor,
    seconds,
    parameters,
  }));
  return { models, hardware: HARDWARE_PARAMETERS, tunables: TUNABLES, chips: Object.keys(TOPOLOGY_PRESETS) };
}

/** What `nicetries simulate --list` prints. */
export function catalogueText(): string {
  const models = MODELS.flatMap((m) => [
    `${m.name}: ${m.about}`,
    `  stands for ${m.standsFor}; ${m.seconds} s by default`,
    textTable(
      ["  parameter", "default", "unit", "about"],
      Object.entries(m.parameters).map(([name, p]) => [`  ${name}`, String(p.value), p.unit, p.about]),
    ),
    "",
  ]);
  return [
    ...models,
    "tunables (--tunable name=value):",
    textTable(
      ["  tunable", "least", "most", "unit", "about"],
      Object.entries(TUNABLES).map(([name, t]) => [
        `  ${name}`,
        String(t.min),
        String(t.max),
        t.unit,
        t.about,
      ]),
    ),
    "",
    "hardware (--hardware name=value):",
    textTable(
      ["  parameter", "default", "unit", "about"],
      Object.entries(HARDWARE_PARAMETERS).map(([name, p]) => [`  ${name}`, String(p.value), p.unit, p.about]),
    ),
    "",
    "Values in ns and bytes may be written with a unit: 500us, 4ms, 512KiB.",
  ].join("\n");
}
