import { REASONS } from "../../traces/schema.ts";
import { MOVE_KINDS } from "../data/run.ts";
import { numbersOf } from "../view/compare.ts";
import { count, duration, moment, plural } from "../view/numbers.ts";
import { fate } from "../view/words.ts";
import { type Child, el, link, nameOf, table } from "./dom.ts";
import type { Pane } from "./pane.ts";

/** Longest lists of a task's life. */
const MOST_ROWS = 200;

/** A task: its life, its stays, and the histories that ended in force. */
export function taskPane(pane: Pane, task: number): Node[] {
  const { run, movesOfTask, decisionsOfTask } = pane.indexed;
  const { moves, decisions } = run;
  const { comm, pid, refillNs } = run.tasks[task];
  const numbers = numbersOf(pane.indexed)[task];
  const own = [...movesOfTask.of(task)];
  const byKind = MOVE_KINDS.map(
    (kind, i) => [kind, own.filter((row) => moves.kind[row] === i).length] as const,
  ).filter(([, n]) => n > 0);
  const looked = [...decisionsOfTask.of(task)];
  const reasons = REASONS.map(
    (reason, i) => [reason, looked.filter((row) => decisions.reason[row] === i).length] as const,
  ).filter(([, n]) => n > 0);
  const timed = run.slices.rows > 0;
  return [
    el("h2", {}, nameOf(comm, 10_000)),
    el("p", { class: "soft" }, `pid ${pid}`),
    table("In the whole run", ["", ""], [
      ...(timed
        ? [
            ["ran", duration(numbers.runNs)],
            ["waited for a CPU", duration(numbers.waitNs)],
          ]
        : []),
      ...(refillNs === undefined ? [] : [["refilled caches after moves and absence", duration(refillNs)]]),
      ["changes of CPU", own.length],
      ...byKind.map(([kind, n]) => [`  ${kind}`, n]),
      ["times the balancer looked at it", looked.length],
      ...reasons.map(([reason, n]) => [`  ${reason}`, n]),
    ] as Child[][]),
    ...histories(pane, looked),
    ...stays(pane, task, own),
  ];
}

/** From one move to the next: how often it was refused, and whether that ended in force. */
function histories(pane: Pane, looked: readonly number[]): Node[] {
  const { run } = pane.indexed;
  const { decisions: d } = run;
  const ended: { end: number; refused: number }[] = [];
  let refused = 0;
  for (const i of looked) {
    if (d.detached[i] !== 1) refused++;
    else {
      if (fate(run, i) === "forced") ended.push({ end: i, refused });
      refused = 0;
    }
  }
  if (ended.length === 0) return [];
  return [
    el("h3", {}, `${plural(ended.length, "history", "histories")} that ended in force`),
    el(
      "ol",
      {},
      ...ended.slice(0, MOST_ROWS).map(({ end, refused }) =>
        el(
          "li",
          {},
          link(moment(d.time[end]), () => pane.chooseDecision(end), { "data-decision": end }),
          `, after it was left where it was ${plural(refused, "time")}`,
        ),
      ),
    ),
  ];
}

/** Where it was, stay by stay, from when it is first seen. */
function stays(pane: Pane, task: number, own: readonly number[]): Node[] {
  const { run, slicesOfTask, waitsOfTask } = pane.indexed;
  const { moves, slices, waits } = run;
  const number = (cpu: number) => (cpu < 0 ? "?" : run.cpus[cpu].number);
  const [slice, wait] = [slicesOfTask.of(task)[0], waitsOfTask.of(task)[0]];
  const seen = [
    ...(slice === undefined ? [] : [{ time: slices.start[slice], cpu: slices.cpu[slice] }]),
    ...(wait === undefined ? [] : [{ time: waits.start[wait], cpu: waits.cpu[wait] }]),
  ].sort((a, b) => a.time - b.time)[0];
  const next = (i: number) => (i < own.length ? moves.time[own[i]] : run.durationNs);
  const first =
    seen === undefined || seen.time > next(0)
      ? []
      : [[at(pane, seen.time), String(number(seen.cpu)), "first seen", duration(next(0) - seen.time)]];
  if (first.length === 0 && own.length === 0) return [];
  const rows = own
    .slice(0, MOST_ROWS)
    .map((row, i): Child[] => [
      at(pane, moves.time[row], moves.decision[row]),
      `${number(moves.from[row])} → ${number(moves.to[row])}`,
      MOVE_KINDS[moves.kind[row]] ?? "unknown",
      duration(next(i + 1) - moves.time[row]),
    ]);
  const more =
    own.length > MOST_ROWS
      ? el("p", { class: "soft" }, `The first ${MOST_ROWS} of ${count(own.length)} changes of CPU.`)
      : null;
  return [
    el("h3", {}, "Its stays"),
    table(
      "Where it came when, how, and how long it stayed",
      ["at", "CPU", "how", "stayed"],
      [...first, ...rows],
    ),
    ...(more ? [more] : []),
  ];
}

/** A moment that leads there, or to the decision that was made then. */
const at = (pane: Pane, time: number, decision = -1): HTMLElement =>
  link(moment(time), () => (decision >= 0 ? pane.chooseDecision(decision) : pane.showMoment(time)));
