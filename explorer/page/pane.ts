import type { IndexedRun } from "../view/runs.ts";

/** What the parts of the pane are about, and where they lead. */
export interface Pane {
  readonly indexed: IndexedRun;
  choose(what: { pass?: number; task?: number }): void;
  chooseDecision(decision: number): void;
  /** Brings a moment into view, with the same selected. */
  showMoment(time: number): void;
}
