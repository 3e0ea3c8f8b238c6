import { REASONS } from "../../traces/schema.ts";
import { count, duration, moment, plural } from "../view/numbers.ts";
import { storyOf } from "../view/story.ts";
import { fate, imbalanceWords, KIND_WORDS, kindName, passSentence, reasonWords } from "../view/words.ts";
import { el, link, nameOf, table } from "./dom.ts";
import type { Pane } from "./pane.ts";

/** A candidate: whether it went, why, and what had failed before. */
export function decisionPane(pane: Pane, i: number): Node[] {
  const { run } = pane.indexed;
  const { decisions: d } = run;
  const task = run.tasks[d.task[i]];
  const cpuOf = (cpu: number) => (cpu < 0 ? "an unknown CPU" : `CPU ${run.cpus[cpu].number}`);
  const fates = { moved: "moved", forced: "moved by force", stayed: "stayed", unknown: "decided on" };
  const pass = d.pass[i];
  return [
    el("h2", {}, nameOf(task.comm), ` ${fates[fate(run, i)]} at ${moment(d.time[i])}`),
    el(
      "p",
      {},
      link([nameOf(task.comm), ` (pid ${task.pid})`], () => pane.choose({ task: d.task[i] })),
      `, from ${cpuOf(d.src[i])} to ${cpuOf(d.dst[i])}. `,
      el("strong", { class: "reason" }, `It ${reasonWords(run, i)}.`),
    ),
    ...(REASONS[d.reason[i]] === "forced" || REASONS[d.reason[i]] === "hot_refused" ? story(pane, pass) : []),
    pass < 0
      ? null
      : el(
          "p",
          {},
          link(`The pass: ${passSentence(run, pass)}`, () => pane.choose({ pass })),
        ),
    el(
      "details",
      {},
      el("summary", {}, "All values"),
      table(
        "can_migrate_task() was asked with",
        ["value", ""],
        [
          ["nr_balance_failed", count(d.failed[i])],
          ["cache_nice_tries", count(d.tries[i])],
          ["time since it ran (delta)", duration(d.delta[i])],
          ["migration cost", duration(run.migrationCostNs)],
          ["imbalance left", imbalanceWords(d.type[i], d.imbalance[i])],
          ["load average", count(d.load[i])],
          ["buddy", d.buddy[i] === 1 ? "yes" : "no"],
          ["CPUs share a core", d.shared[i] === 1 ? "yes" : "no"],
        ],
      ),
    ),
  ].filter((node) => node !== null);
}

/** A forced migration as a story of the failed passes before it. */
function story(pane: Pane, pass: number): Node[] {
  if (pass < 0) return [];
  const { run } = pane.indexed;
  const { passes: p } = run;
  const { failed, uncounted } = storyOf(pane.indexed, pass);
  const level = run.levels[p.level[pass]];
  const cpu = run.cpus[p.cpu[pass]].number;
  const head = el("h3", {}, "What had failed before");
  const missing = p.failedBefore[pass] - failed.length;
  if (failed.length === 0)
    return [
      head,
      el(
        "p",
        {},
        p.failedBefore[pass] > 0
          ? `The domain ${level} of CPU ${cpu} had failed ${plural(p.failedBefore[pass], "time")}; these passes are not in this source.`
          : `Nothing: the domain ${level} of CPU ${cpu} had not failed since it last balanced.`,
      ),
    ];
  return [
    head,
    el(
      "p",
      {},
      `${plural(failed.length, "pass", "passes")} of CPU ${cpu} over ${level} moved nobody, one after the other${uncounted.length === 0 ? "" : `; ${plural(uncounted.length, "more", "more")} failed between them as the CPU became idle, which does not count`}:`,
    ),
    el("ol", { class: "story" }, ...failed.map((each) => failure(pane, each))),
    ...(missing > 0
      ? [el("p", { class: "soft" }, `${plural(missing, "failure")} beside these: not in this source.`)]
      : []),
    ...(run.source === "trace"
      ? [
          el(
            "p",
            { class: "soft" },
            "A trace lacks passes that looked at no task. Such a pass may have found balance after the earliest of these, and begun to count anew.",
          ),
        ]
      : []),
  ];
}

function failure(pane: Pane, pass: number): HTMLElement {
  const { run } = pane.indexed;
  const { passes: p, decisions: d } = run;
  const seen = new Map<string, number>();
  for (let i = 0; i < p.decisionCount[pass]; i++) {
    const row = p.firstDecision[pass] + i;
    const reason =
      d.migration[row] === 0 && REASONS[d.reason[row]] === "cold" ? "kept" : REASONS[d.reason[row]];
    seen.set(reason ?? "reason unknown", (seen.get(reason ?? "reason unknown") ?? 0) + 1);
  }
  const words: Record<string, string> = {
    hot_refused: "hot",
    cold: "too heavy",
    kept: "cold, but kept by the policy",
    forced: "too heavy",
    running: "running",
    affinity: "bound elsewhere",
    throttled: "throttled",
    percpu_kthread: "bound to its CPU",
  };
  const looked = [...seen].map(([reason, n]) => `${n} ${words[reason] ?? reason}`).join(", ");
  const source = p.busiestCpu[pass] < 0 ? "" : ` from CPU ${run.cpus[p.busiestCpu[pass]].number}`;
  const counted = Number.isNaN(p.failedAfter[pass])
    ? `found nr_balance_failed at ${p.failedBefore[pass]}`
    : `nr_balance_failed ${p.failedBefore[pass]} → ${p.failedAfter[pass]}`;
  return el(
    "li",
    {},
    link(moment(p.time[pass]), () => pane.choose({ pass }), { "data-pass": pass }),
    ` (${KIND_WORDS[kindName(run, pass)]}): wanted ${imbalanceWords(p.type[pass], p.imbalance[pass])}${source}; ${looked === "" ? "looked at nobody, for that queue held no second fair task" : looked}. ${counted}`,
  );
}
