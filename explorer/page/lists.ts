import { REASONS } from "../../traces/schema.ts";
import { numbersOf, pairTasks } from "../view/compare.ts";
import { count, duration, moment, plural } from "../view/numbers.ts";
import { firstAt, type IndexedRun } from "../view/runs.ts";
import { KIND_WORDS, kindName, OUTCOME_WORDS, outcomeName } from "../view/words.ts";
import { type Child, el, link, nameOf, table } from "./dom.ts";
import { NOTHING, type Store } from "./state.ts";

/** Rows of a page of a list. */
const PAGE = 100;

/** What the canvas shows, as lists: for the keyboard, for screen readers, and to look things up. */
export class Lists {
  readonly element = el("section", { class: "lists", "aria-label": "Lists" });
  private readonly store: Store;
  private readonly passes = el("div");
  private timer = 0;
  private readonly all: HTMLInputElement;

  /** @param difference When the two runs first differ, ns. */
  constructor(store: Store, difference: number | undefined) {
    this.store = store;
    this.all = el("input", { type: "checkbox", id: "all-passes", onchange: () => this.showPasses() });
    const { runs } = store;
    if (runs.length > 1)
      this.element.append(section("Differences per task", true, () => this.differences(runs, difference)));
    this.element.append(
      ...runs.map((run, i) =>
        section(this.titled("Forced migrations", i), i === 0, () => [this.forced(run, i)]),
      ),
      section("Balance passes in view", false, () => {
        this.showPasses();
        const label = " those that looked at no task, too";
        return [el("label", { for: "all-passes" }, this.all, label), this.passes];
      }),
      ...runs.map((run, i) => section(this.titled("Tasks", i), false, () => [this.tasks(run, i)])),
      section("Source, and what it does not have", true, () => runs.map(about)),
    );
    store.listen((state, before) => {
      if (state.from === before.from && state.to === before.to && state.run === before.run) return;
      clearTimeout(this.timer);
      if (this.passes.isConnected) this.timer = window.setTimeout(() => this.showPasses(), 200);
    });
  }

  private titled(title: string, run: number): string {
    return this.store.runs.length === 1 ? title : `${title} of ${"AB"[run]}`;
  }

  private forced({ run, forced }: IndexedRun, index: number): HTMLElement {
    const { decisions: d } = run;
    if (forced.length === 0)
      return el("p", {}, run.decisions.rows === 0 ? "This source has no decisions." : "None.");
    const number = (cpu: number) => (cpu < 0 ? "?" : run.cpus[cpu].number);
    const rows = (from: number) =>
      [...forced.subarray(from, from + PAGE)].map((i): Child[] => [
        link(moment(d.time[i]), () => this.store.show(d.time[i], { ...NOTHING, run: index, decision: i }), {
          "data-decision": i,
        }),
        nameOf(run.tasks[d.task[i]].comm, 32),
        `${number(d.src[i])} → ${number(d.dst[i])}`,
        duration(d.delta[i]),
        count(d.failed[i]),
        count(d.tries[i]),
      ]);
    return paged(forced.length, (from) =>
      table(
        "Tasks moved though cache-hot",
        ["at", "task", "CPU", "had run … ago", "failed before", "tries allowed"],
        rows(from),
      ),
    );
  }

  private showPasses(): void {
    const { from, to, run: index } = this.store.state;
    const { run } = this.store.runs[index];
    const { passes: p } = run;
    const order = Int32Array.from({ length: p.rows }, (_, i) => i);
    const [begin, end] = [firstAt(order, p.time, from), firstAt(order, p.time, to)];
    const chosen = order.subarray(begin, end).filter((i) => this.all.checked || p.decisionCount[i] > 0);
    const rows = [...chosen.subarray(0, PAGE)].map((i): Child[] => [
      link(moment(p.time[i]), () => this.store.show(p.time[i], { ...NOTHING, run: index, pass: i }), {
        "data-pass": i,
      }),
      `${run.cpus[p.cpu[i]].number}`,
      run.levels[p.level[i]],
      KIND_WORDS[kindName(run, i)],
      p.moved[i] > 0
        ? `moved ${plural(p.moved[i], "task")}`
        : (OUTCOME_WORDS[outcomeName(run, i)] ?? "unknown"),
      count(p.decisionCount[i]),
      Number.isNaN(p.failedAfter[i])
        ? count(p.failedBefore[i])
        : `${p.failedBefore[i]} → ${p.failedAfter[i]}`,
    ]);
    this.passes.replaceChildren(
      p.rows === 0
        ? el("p", {}, "This source has no passes.")
        : table(
            `${chosen.length > PAGE ? `The first ${PAGE} of ${count(chosen.length)}` : plural(chosen.length, "pass", "passes")}, of ${count(end - begin)} in view`,
            ["at", "CPU", "domain", "kind", "outcome", "looked at", "nr_balance_failed"],
            rows,
          ),
    );
  }

  private tasks(indexed: IndexedRun, index: number): HTMLElement {
    const { run } = indexed;
    const numbers = numbersOf(indexed);
    const order = [...run.tasks.keys()].sort(
      (a, b) => numbers[b].forced - numbers[a].forced || numbers[b].waitNs - numbers[a].waitNs || a - b,
    );
    return paged(order.length, (from) =>
      table(
        "Tasks, those moved by force first, then by how long they waited",
        ["task", "pid", "ran", "waited", "changes of CPU", "forced"],
        order.slice(from, from + PAGE).map((task): Child[] => [
          link(nameOf(run.tasks[task].comm, 32), () => this.store.set({ ...NOTHING, run: index, task }), {
            "data-task": task,
          }),
          String(run.tasks[task].pid),
          duration(numbers[task].runNs),
          duration(numbers[task].waitNs),
          count(numbers[task].moves),
          count(numbers[task].forced),
        ]),
      ),
    );
  }

  private differences([a, b]: readonly IndexedRun[], difference: number | undefined): Node[] {
    const pairs = pairTasks(a, b);
    const apart = ({ numbersA: x, numbersB: y }: (typeof pairs)[number]) =>
      x && y
        ? Math.abs(x.runNs - y.runNs) + Math.abs(x.waitNs - y.waitNs) + 1e6 * Math.abs(x.moves - y.moves)
        : Number.POSITIVE_INFINITY;
    const sorted = pairs.sort((x, y) => apart(y) - apart(x) || x.pid - y.pid);
    const signed = (ns: number) => (ns === 0 ? "0 s" : `${ns > 0 ? "+" : "-"}${duration(Math.abs(ns))}`);
    const row = ({
      pid,
      comm,
      a: inA,
      b: inB,
      numbersA: x,
      numbersB: y,
    }: (typeof pairs)[number]): Child[] => [
      link(nameOf(comm, 32), () =>
        this.store.set({ ...NOTHING, run: inA >= 0 ? 0 : 1, task: inA >= 0 ? inA : inB }),
      ),
      String(pid),
      x ? duration(x.runNs) : "–",
      x && y ? signed(y.runNs - x.runNs) : y ? "only B" : "only A",
      x ? duration(x.waitNs) : "–",
      x && y ? signed(y.waitNs - x.waitNs) : "–",
      x ? count(x.moves) : "–",
      y ? count(y.moves) : "–",
      x ? count(x.forced) : "–",
      y ? count(y.forced) : "–",
    ];
    return [
      el(
        "p",
        { class: "first-difference" },
        ...(difference === undefined
          ? ["A and B do not differ in who ran where, as far as both go."]
          : [
              "A and B first differ in who is on a CPU at ",
              link(moment(difference), () => this.store.show(difference)),
              ".",
            ]),
      ),
      paged(sorted.length, (from) =>
        table(
          "Tasks, those that differ most first",
          [
            "task",
            "pid",
            "A ran",
            "B − A",
            "A waited",
            "B − A",
            "A moves",
            "B moves",
            "A forced",
            "B forced",
          ],
          sorted.slice(from, from + PAGE).map(row),
        ),
      ),
    ];
  }
}

/** A part that is made when it is first opened. */
function section(title: string, open: boolean, body: () => readonly Node[]): HTMLElement {
  const element = el("details", { open }, el("summary", {}, el("h2", { class: "title" }, title)));
  let isMade = false;
  const make = () => {
    if (isMade || !element.open) return;
    isMade = true;
    element.append(...body());
  };
  element.addEventListener("toggle", make);
  make();
  return element;
}

/** A list in pages. */
function paged(rows: number, pageFrom: (from: number) => HTMLElement): HTMLElement {
  const body = el("div");
  const show = (from: number) => {
    const steps =
      rows <= PAGE
        ? null
        : el(
            "p",
            {},
            link("earlier", () => show(Math.max(0, from - PAGE)), { disabled: from === 0 }),
            ` ${count(from + 1)} to ${count(Math.min(rows, from + PAGE))} of ${count(rows)} `,
            link("later", () => show(from + PAGE), { disabled: from + PAGE >= rows }),
          );
    body.replaceChildren(pageFrom(from), ...(steps ? [steps] : []));
  };
  show(0);
  return body;
}

function about({ run, forced }: IndexedRun): HTMLElement {
  const asked = run.decisions.reason.filter((reason) => reason === REASONS.indexOf("forced")).length;
  const kinds = {
    simulation: "A simulation.",
    trace: "A trace of decisions.",
    recording: "A recorded schedule.",
  };
  return el(
    "div",
    { class: "about" },
    el("h3", {}, el("bdi", {}, run.title)),
    el(
      "p",
      {},
      `${kinds[run.source]} ${moment(run.durationNs, 1e6)}, ${plural(run.cpus.length, "CPU")}, ${plural(run.tasks.length, "task")}; ${plural(run.slices.rows, "slice")}, ${plural(run.moves.rows, "migration")}, ${plural(run.passes.rows, "pass", "passes")}, ${plural(run.decisions.rows, "decision")} (${count(asked)} by force, of which ${count(forced.length)} moved the task).`,
    ),
    ...(run.command === "" ? [] : [el("pre", {}, run.command)]),
    ...(run.gaps.length === 0 ? [] : [el("ul", {}, ...run.gaps.map((gap) => el("li", {}, gap)))]),
  );
}
