import { duration, moment, parseMoment, plural } from "../view/numbers.ts";
import { firstAt, type IndexedRun } from "../view/runs.ts";
import { el, link, nameOf } from "./dom.ts";
import { NOTHING, type Store } from "./state.ts";

const MOST = 12;

/** One field that finds tasks by name or pid, and moments: "1.23s". */
export function search(store: Store): HTMLElement {
  const found = el("div", { class: "found", role: "status" });
  const field = el("input", {
    type: "search",
    id: "search",
    placeholder: "task, pid, or a time such as 1.23s",
    "aria-label": "Find a task by name or pid, or a moment such as 1.23s",
    autocomplete: "off",
  });
  const close = () => found.replaceChildren();
  const show = () => {
    const text = field.value.trim();
    if (text === "") return close();
    const results = store.runs.flatMap((indexed, run) => [
      ...moments(store, indexed, run, text),
      ...tasks(store, indexed, run, text),
    ]);
    found.replaceChildren(
      ...(results.length === 0
        ? ["nothing found"]
        : results.slice(0, MOST).map((each) => el("div", {}, each))),
    );
    if (results.length > MOST)
      found.append(el("div", { class: "soft" }, `and ${results.length - MOST} more`));
  };
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") found.querySelector("button")?.click();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    if (event.key === "Escape") field.value = "";
    close(); // it lies over the lanes
    field.blur();
  });
  return el("div", { class: "search" }, field, found);
}

const letter = (store: Store, run: number): string => (store.runs.length > 1 ? `${"AB"[run]}: ` : "");

function tasks(store: Store, { run: { tasks } }: IndexedRun, run: number, text: string): HTMLElement[] {
  const sought = text.toLowerCase();
  return [...tasks.entries()]
    .filter(([, { pid, comm }]) => String(pid) === text || comm.toLowerCase().includes(sought))
    .map(([task, { pid, comm }]) =>
      link([letter(store, run), nameOf(comm, 32), ` ${pid}`], () => store.set({ ...NOTHING, run, task })),
    );
}

/** The moment, and the forced migration that is nearest to it. */
function moments(store: Store, indexed: IndexedRun, run: number, text: string): HTMLElement[] {
  const time = parseMoment(text);
  if (time === undefined || time > indexed.run.durationNs) return [];
  const { decisions, tasks } = indexed.run;
  const { forced } = indexed;
  const place = firstAt(forced, decisions.time, time);
  const near = [forced[place - 1], forced[place]]
    .filter((i) => i !== undefined)
    .sort((a, b) => Math.abs(decisions.time[a] - time) - Math.abs(decisions.time[b] - time))[0];
  const go = link(`${letter(store, run)}go to ${moment(time)}`, () => store.show(time, { run }));
  if (near === undefined) return [go];
  const label = [
    `${letter(store, run)}forced at ${moment(decisions.time[near])}: `,
    nameOf(tasks[decisions.task[near]].comm, 32),
    ` (${duration(Math.abs(decisions.time[near] - time))} away, of ${plural(forced.length, "one", "all")})`,
  ];
  return [link(label, () => store.show(decisions.time[near], { ...NOTHING, run, decision: near })), go];
}
