import { LEAST_NS, LinkWords, viewOf, within } from "../view/link.ts";
import type { IndexedRun } from "../view/runs.ts";
import { mostTelling } from "../view/story.ts";

/** What is looked at. Each change is a new object; the link (location.hash) says the same. */
export interface State {
  /** The part of time in view, ns. */
  from: number;
  to: number;
  /** What is selected, and in which run; -1: nothing. */
  run: number;
  pass: number;
  decision: number;
  task: number;
}

export const NOTHING = { pass: -1, decision: -1, task: -1 } as const;

type Listener = (state: State, before: State) => void;

/** Holds the state, tells of changes, and keeps the link in step. */
export class Store {
  readonly runs: readonly IndexedRun[];
  readonly durationNs: number;
  state: State;
  private readonly listeners: Listener[] = [];
  private hashTimer = 0;

  constructor(runs: readonly IndexedRun[]) {
    this.runs = runs;
    this.durationNs = Math.max(...runs.map(({ run }) => run.durationNs));
    this.state = this.read();
    addEventListener("hashchange", () => this.set(this.read(), false));
  }

  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  set(change: Partial<State>, writes = true): void {
    const before = this.state;
    const next = { ...before, ...change };
    this.state = { ...next, ...this.within(next.from, next.to) };
    for (const listener of this.listeners) listener(this.state, before);
    if (!writes) return;
    clearTimeout(this.hashTimer);
    this.hashTimer = window.setTimeout(() => this.write(), 150);
  }

  /** Zooms by a factor, with what is at `at` staying where it is. */
  zoom(factor: number, at = (this.state.from + this.state.to) / 2): void {
    const { from, to } = this.state;
    const length = Math.min(this.durationNs, Math.max(LEAST_NS, (to - from) * factor));
    const share = (at - from) / (to - from);
    this.set({ from: at - share * length, to: at + (1 - share) * length });
  }

  pan(share: number): void {
    const { from, to } = this.state;
    const by = share * (to - from);
    this.set({ from: from + by, to: to + by });
  }

  /** Brings a moment into view, from near enough to see single passes. */
  show(time: number, change: Partial<State> = {}): void {
    const { from, to } = this.state;
    const length = Math.min(to - from, 20e6);
    const inView = time > from + 0.1 * (to - from) && time < to - 0.1 * (to - from) && to - from <= 50e6;
    this.set({ ...change, ...(inView ? {} : { from: time - length / 2, to: time + length / 2 }) });
  }

  private within(from: number, to: number): { from: number; to: number } {
    return within(from, to, this.durationNs);
  }

  private read(): State {
    const words = new LinkWords(location.hash);
    const index = words.number("run", 0);
    const run = this.runs[index] === undefined ? 0 : index;
    const { passes, decisions, tasks } = this.runs[run].run;
    const telling = words.wantsTelling ? mostTelling(this.runs[run]) : undefined;
    const view = viewOf(location.hash, this.durationNs, () =>
      telling === undefined ? undefined : decisions.time[telling],
    );
    if (telling !== undefined) return { ...NOTHING, run, decision: telling, ...view };
    const row = (name: string, rows: number) => {
      const value = words.number(name, -1);
      return Number.isInteger(value) && value >= 0 && value < rows ? value : -1;
    };
    return {
      ...view,
      run,
      pass: row("pass", passes.rows),
      decision: row("decision", decisions.rows),
      task: row("task", tasks.length),
    };
  }

  private write(): void {
    const { from, to, run, pass, decision, task } = this.state;
    const words = new URLSearchParams({ from: String(Math.round(from)), to: String(Math.round(to)) });
    if (run > 0) words.set("run", String(run));
    for (const [name, value] of Object.entries({ pass, decision, task }))
      if (value >= 0) words.set(name, String(value));
    history.replaceState(null, "", `#${words}`);
  }
}
