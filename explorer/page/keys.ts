import { firstAt } from "../view/runs.ts";
import { el } from "./dom.ts";
import { NOTHING, type Store } from "./state.ts";

/** What keys do, for the page's help. */
const KEYS: readonly (readonly [string, string])[] = [
  ["← →", "earlier, later"],
  ["+ -", "zoom in, out"],
  ["Home", "the whole run"],
  ["n p", "next, previous pass that looked at a task"],
  ["f F", "next, previous forced migration"],
  ["/", "search"],
  ["d", "to what is selected"],
  ["Esc", "select nothing"],
];

export const keysHelp = (): HTMLElement =>
  el(
    "details",
    { class: "keys" },
    el("summary", {}, "Keys"),
    el("dl", {}, ...KEYS.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
  );

/** Keys of the page, wherever nobody types. */
export function listenToKeys(store: Store): void {
  const acts: Record<string, () => void> = {
    ArrowLeft: () => store.pan(-0.2),
    ArrowRight: () => store.pan(0.2),
    "+": () => store.zoom(0.5),
    "=": () => store.zoom(0.5),
    "-": () => store.zoom(2),
    Home: () => store.set({ from: 0, to: store.durationNs }),
    n: () => step(store, 1),
    p: () => step(store, -1),
    f: () => stepForced(store, 1),
    F: () => stepForced(store, -1),
    "/": () => document.getElementById("search")?.focus(),
    d: () => document.getElementById("details")?.focus(),
    Escape: () => store.set(NOTHING),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLInputElement) return;
    // a table that scrolls has the arrows to itself
    if (event.key.startsWith("Arrow") && (event.target as Element).closest?.(".scroll")) return;
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

/** From what is selected, else from the edge of the view that one comes from: its beginning when going on, its end when going back. */
function here(store: Store, by: 1 | -1): number {
  const { state, runs } = store;
  const { passes, decisions } = runs[state.run].run;
  if (state.pass >= 0) return passes.time[state.pass];
  if (state.decision >= 0) return decisions.time[state.decision];
  return by > 0 ? state.from : state.to;
}

function step(store: Store, by: 1 | -1): void {
  const { passes } = store.runs[store.state.run].run;
  const all = Int32Array.from({ length: passes.rows }, (_, i) => i).filter(
    (i) => passes.decisionCount[i] > 0,
  );
  const { pass } = store.state;
  const at = pass >= 0 ? all.indexOf(pass) : -1;
  const place = firstAt(all, passes.time, here(store, by));
  const next = all[at >= 0 ? at + by : by > 0 ? place : place - 1];
  if (next !== undefined) store.show(passes.time[next], { ...NOTHING, pass: next });
}

function stepForced(store: Store, by: 1 | -1): void {
  const { forced, run } = store.runs[store.state.run];
  const at = forced.indexOf(store.state.decision);
  const place = firstAt(forced, run.decisions.time, here(store, by));
  const next = forced[at >= 0 ? at + by : by > 0 ? place : place - 1];
  if (next !== undefined) store.show(run.decisions.time[next], { ...NOTHING, decision: next });
}
