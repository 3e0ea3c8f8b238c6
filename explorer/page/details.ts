import { plural } from "../view/numbers.ts";
import type { IndexedRun } from "../view/runs.ts";
import { decisionPane } from "./decision-pane.ts";
import { el, link } from "./dom.ts";
import type { Pane } from "./pane.ts";
import { passPane } from "./pass-pane.ts";
import { NOTHING, type Store } from "./state.ts";
import { taskPane } from "./task-pane.ts";

/** The pane that says what is selected, and why it came to be. */
export class Details implements Pane {
  readonly element = el("aside", {
    class: "details",
    id: "details",
    tabindex: -1,
    "aria-label": "What is selected",
  });
  /** Says to screen readers what was selected. */
  readonly spoken = el("p", { class: "spoken", role: "status" });
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
    store.listen((state, before) => {
      const keys = ["run", "pass", "decision", "task"] as const;
      if (keys.some((key) => state[key] !== before[key])) this.show();
    });
    this.show();
  }

  get indexed(): IndexedRun {
    return this.store.runs[this.store.state.run];
  }

  private show(): void {
    const { pass, decision, task } = this.store.state;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(
      ...(decision >= 0
        ? decisionPane(this, decision)
        : pass >= 0
          ? passPane(this, pass)
          : task >= 0
            ? taskPane(this, task)
            : this.nothing()),
    );
    this.element.scrollTop = 0;
    if (hadFocus) this.element.focus();
    this.spoken.textContent = this.element.querySelector("h2")!.textContent;
  }

  private nothing(): Node[] {
    const { forced, run } = this.indexed;
    const first = forced[0];
    return [
      el("h2", {}, "Why did it move?"),
      el(
        "p",
        {},
        "Click a mark below a lane (a balance pass), an arc (a migration) or a task that runs; or choose from the lists.",
      ),
      first === undefined
        ? el(
            "p",
            {},
            run.decisions.rows > 0
              ? "No task was moved by force in this run."
              : "This source has no decisions.",
          )
        : el(
            "p",
            {},
            `${plural(forced.length, "task was", "tasks were")} moved by force. `,
            link("Show the first one", () => this.chooseDecision(first)),
          ),
      el(
        "ul",
        { class: "legend" },
        el("li", {}, el("i", { class: "key force" }), "thick arc: moved by force, though cache-hot"),
        el("li", {}, el("i", { class: "key move" }), "arc: moved by the balancer"),
        el("li", {}, el("i", { class: "key wake" }), "dashed arc: went elsewhere as it woke"),
        el("li", {}, "▲ a pass that moved tasks, ✚ one that failed, · any other"),
        el(
          "li",
          {},
          el("i", { class: "key wait" }),
          "bars under a lane: tasks that wait for the CPU, up to 4",
        ),
      ),
    ];
  }

  choose(what: { pass?: number; task?: number }): void {
    const time = what.pass === undefined ? undefined : this.indexed.run.passes.time[what.pass];
    if (time === undefined) this.store.set({ ...NOTHING, ...what });
    else this.store.show(time, { ...NOTHING, ...what });
  }

  chooseDecision(decision: number): void {
    this.store.show(this.indexed.run.decisions.time[decision], { ...NOTHING, decision });
  }

  showMoment(time: number): void {
    this.store.show(time);
  }
}
