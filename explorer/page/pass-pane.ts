import { GROUP_TYPES } from "../data/run.ts";
import { count, cpuList, moment } from "../view/numbers.ts";
import { fate, imbalanceWords, kindName, passSentence, reasonWords } from "../view/words.ts";
import { type Child, el, link, nameOf, table } from "./dom.ts";
import type { Pane } from "./pane.ts";

/** A balance pass: what it saw, whom it looked at, and what it left. */
export function passPane(pane: Pane, pass: number): Node[] {
  const { run } = pane.indexed;
  const { passes: p, decisions } = run;
  const seen = Array.from({ length: p.groupCount[pass] }, (_, i) => p.firstGroup[pass] + i);
  const candidates = Array.from({ length: p.decisionCount[pass] }, (_, i) => p.firstDecision[pass] + i);
  const detached = candidates.filter((i) => decisions.detached[i] === 1).length;
  return [
    el("h2", {}, `Balance pass at ${moment(p.time[pass])}`),
    el("p", {}, passSentence(run, pass)),
    seen.length === 0
      ? el(
          "p",
          { class: "soft" },
          run.source === "simulation"
            ? "It did not look at groups."
            : "What it saw of groups is not in this source.",
        )
      : groups(pane, pass, seen),
    p.busiestCpu[pass] < 0
      ? el("p", {}, "It found no queue to pull from.")
      : el(
          "p",
          {},
          `Busiest queue: CPU ${run.cpus[p.busiestCpu[pass]].number}. To be moved: ${imbalanceWords(p.type[pass], p.imbalance[pass])}.`,
        ),
    el(
      "h3",
      {},
      candidates.length === 0
        ? `No candidates${p.busiestCpu[pass] >= 0 ? ": that queue held no second fair task" : ""}`
        : `Candidates, in order (${count(detached)} of ${count(candidates.length)} moved)`,
    ),
    el(
      "ol",
      { class: "candidates" },
      ...candidates.map((i) => candidate(pane, i, () => pane.chooseDecision(i))),
    ),
    el("h3", {}, "What it left"),
    el("p", {}, ...after(pane, pass)),
  ];
}

function groups(pane: Pane, pass: number, rows: readonly number[]): HTMLElement {
  const { run } = pane.indexed;
  const { groups: g, passes } = run;
  return table(
    "Groups of the domain, as the pass saw them",
    ["CPUs", "", "type", "load", "capacity", "util", "running", "idle CPUs", "load by capacity"],
    rows.map((row, i) => [
      cpuList(run.cpuSets[g.cpus[row]]),
      g.local[row] === 1 ? "own" : i === passes.busiestGroup[pass] ? "busiest" : "",
      GROUP_TYPES[g.type[row]].replace("group_", "").replace("_", " "),
      g.load[row],
      g.capacity[row],
      g.util[row],
      g.nrRunning[row],
      g.idleCpus[row],
      g.avgLoad[row] === 0 ? null : g.avgLoad[row],
    ]),
  );
}

function candidate(pane: Pane, i: number, act: () => void): HTMLElement {
  const { run } = pane.indexed;
  const task = run.tasks[run.decisions.task[i]];
  return el(
    "li",
    { class: fate(run, i) },
    link([nameOf(task.comm), ` ${task.pid}`], act, { "data-decision": i }),
    " ",
    reasonWords(run, i),
  );
}

function after(pane: Pane, pass: number): Child[] {
  const { passes: p } = pane.indexed.run;
  const failed = Number.isNaN(p.failedAfter[pass])
    ? `nr_balance_failed was ${count(p.failedBefore[pass])}; what the pass left is not in this source.`
    : p.failedBefore[pass] === p.failedAfter[pass]
      ? `nr_balance_failed stays ${count(p.failedAfter[pass])}${kindName(pane.indexed.run, pass) === "newly_idle" && p.moved[pass] === 0 && p.busiestCpu[pass] >= 0 ? " (failures of a newly idle CPU do not count)" : ""}.`
      : `nr_balance_failed goes from ${count(p.failedBefore[pass])} to ${count(p.failedAfter[pass])}.`;
  const tries = Number.isNaN(p.tries[pass])
    ? ""
    : ` The domain forces hot tasks when it is above ${p.tries[pass]} (cache_nice_tries).`;
  const interval = Number.isNaN(p.intervalAfter[pass])
    ? ""
    : p.intervalBefore[pass] === p.intervalAfter[pass]
      ? ` Its interval stays ${p.intervalAfter[pass]} ms.`
      : ` Its interval goes from ${p.intervalBefore[pass]} ms to ${p.intervalAfter[pass]} ms.`;
  return [failed, tries, interval];
}
