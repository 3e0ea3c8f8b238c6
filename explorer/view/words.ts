import { MIGRATION_TYPES, REASONS } from "../../traces/schema.ts";
import { type ExplorerRun, OUTCOMES, PASS_KINDS } from "../data/run.ts";
import { count, duration, plural } from "./numbers.ts";

/** What the balancer did, in words. Names of the kernel's stand in brackets where a reader may look for them. */

const SCHED_IDLE = 5;

export const KIND_WORDS: Readonly<Record<string, string>> = {
  newly_idle: "newly idle",
  periodic: "periodic",
  nohz: "nohz, for an idle CPU",
  active: "active balance",
};

export const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  moved: "moved tasks",
  active: "moved nobody, asked the stopper to push (active balance)",
  failed: "failed: nobody could be moved",
  pinned: "hopeless: all tasks there are bound to other CPUs",
  nobusyq: "no queue to pull from",
  nobusyg: "balanced: no group is busier",
  not_ours: "left to another CPU of the group",
};

/** What an imbalance counts, by type. */
const IMBALANCE_WORDS: Readonly<Record<string, string>> = {
  migrate_load: "of load",
  migrate_util: "of utilisation (a CPU has 1024)",
  migrate_task: "",
  migrate_misfit: "of load, of a task that its CPU has too little room for",
};

export const kindName = (run: ExplorerRun, pass: number): string => PASS_KINDS[run.passes.kind[pass]];
export const outcomeName = (run: ExplorerRun, pass: number): string =>
  OUTCOMES[run.passes.outcome[pass]] ?? "";

/** "CPU 3 over MC (periodic): moved 1 task." */
export function passSentence(run: ExplorerRun, pass: number): string {
  const { passes: p } = run;
  const [cpu, by] = [
    run.cpus[p.cpu[pass]].number,
    p.byCpu[pass] < 0 ? undefined : run.cpus[p.byCpu[pass]].number,
  ];
  const kind = KIND_WORDS[kindName(run, pass)];
  const runBy = by === undefined || by === cpu ? "" : `, run by CPU ${by}`;
  const result =
    p.moved[pass] > 0
      ? `moved ${plural(p.moved[pass], "task")}`
      : (OUTCOME_WORDS[outcomeName(run, pass)] ?? "outcome unknown");
  return `CPU ${cpu} over ${run.levels[p.level[pass]] || "a domain"} (${kind}${runBy}): ${result}.`;
}

/** "2 tasks (migrate_task)". */
export function imbalanceWords(type: number, amount: number): string {
  const name = MIGRATION_TYPES[type];
  if (name === undefined || Number.isNaN(amount)) return "unknown";
  return name === "migrate_task"
    ? `${plural(amount, "task")} (${name})`
    : `${count(amount)} ${IMBALANCE_WORDS[name]} (${name})`;
}

/** Whether the task moved, and why it did or did not. */
export function reasonWords(run: ExplorerRun, decision: number): string {
  const { decisions: d } = run;
  const said = verdictWords(run, decision);
  if (d.migration[decision] > 0 && d.detached[decision] === 0) return `${said}; ${tooLarge(run, decision)}`;
  return said;
}

function verdictWords(run: ExplorerRun, i: number): string {
  const { decisions: d, migrationCostNs } = run;
  const numberOf = (cpu: number) => (cpu < 0 ? "that it was wanted for" : String(run.cpus[cpu].number));
  const cost = Number.isNaN(migrationCostNs) ? "cost unknown" : `cost ${duration(migrationCostNs)}`;
  const heat = `ran ${duration(d.delta[i])} ago, ${cost}`;
  switch (REASONS[d.reason[i]]) {
    case "throttled":
      return "stays: its control group is out of run time on one of the two CPUs (throttled)";
    case "percpu_kthread":
      return "stays: a kernel thread that belongs to its CPU";
    case "affinity":
      return `stays: it may not run on CPU ${numberOf(d.dst[i])} (affinity)`;
    case "running":
      return `stays: it is running on CPU ${numberOf(d.src[i])}`;
    case "active":
      return "may go: the stopper pushes, and does not ask whether it is hot";
    case "cold":
      if (d.migration[i] === 0)
        return `stays: the policy keeps it, though it is cold (${coldWords(run, i, heat)})`;
      return `may go, cold: ${coldWords(run, i, heat)}`;
    case "hot_refused":
      return `stays, hot: ${hotWords(run, i, heat)}; failed ${count(d.failed[i])} of ${triesWords(d.tries[i])}`;
    case "forced":
      return `goes by force, hot: ${hotWords(run, i, heat)}; but the domain failed ${plural(d.failed[i], "time")}, with ${triesWords(d.tries[i])} allowed`;
    default:
      return "reason unknown";
  }
}

const triesWords = (tries: number): string => plural(tries, "try", "tries");

function coldWords({ decisions: d, migrationCostNs }: ExplorerRun, i: number, heat: string): string {
  if (d.shared[i] === 1) return "the two CPUs share a core, and its caches";
  if (d.policy[i] === SCHED_IDLE) return "SCHED_IDLE, which is never hot";
  if (migrationCostNs === 0) return "with a cost of 0 nothing is hot";
  if (d.justMoved[i] === 1) return "has not run since it came here";
  return heat;
}

function hotWords({ decisions: d, migrationCostNs }: ExplorerRun, i: number, heat: string): string {
  if (migrationCostNs < 0) return "with a cost of -1 everything is hot";
  // the kernel asks for buddies first, but where the task is fresh too, that says more
  if (d.buddy[i] === 1 && !(d.delta[i] < migrationCostNs)) return "next in line on its queue (buddy)";
  return heat;
}

/** detach_tasks() has skipped it. */
function tooLarge({ decisions: d }: ExplorerRun, i: number): string {
  const type = MIGRATION_TYPES[d.type[i]];
  const left = count(d.imbalance[i]);
  return type === "migrate_util"
    ? `but stayed: it uses more than the ${left} of utilisation left to move`
    : `but stayed: too heavy for the ${left} of load left to move`;
}

/** What a reader sees of a decision at a glance. */
export function fate(run: ExplorerRun, i: number): "moved" | "forced" | "stayed" | "unknown" {
  const { migration, detached } = run.decisions;
  if (Number.isNaN(detached[i]) && migration[i] > 0) return "unknown";
  if (detached[i] === 1) return migration[i] === 2 ? "forced" : "moved";
  return "stayed";
}
