// %% [markdown]
// # A first simulation, and a first forced migration
//
// When a CPU has nothing to do, or every few milliseconds anyway, Linux looks for a CPU with a longer queue of tasks (its
// *run queue*) and tries to pull some of them over. For each task that might move it calls a function,
// `can_migrate_task()`. One such call, with all that was known at that moment, is a **decision**; this whole project is about these.
//
// The usual reason to say no is that the task is **cache-hot**: it ran less than half a millisecond ago (the *migration
// cost*), so its data probably still lie in that CPU's cache. But a task that is always asked about right after it
// has run would never move, however unfair its queue is. So Linux counts how often balancing has failed in a row, and when
// the count exceeds a limit (`cache_nice_tries`, which gave the project its name), it moves a hot task nevertheless. That is a
// **forced migration**.
//
// We will make some. Other words are explained in `docs/glossary.md`.

// %%
import { readFileSync } from "node:fs";
import { drawReasons } from "../report/figures/reasons.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { neverHot } from "../sim/policy/stock.ts";
import { simulate } from "../sim/simulator.ts";
import { rtAppWorkload } from "../sim/workload/rtapp/workload.ts";
import { labelTable } from "../traces/label.ts";
import { traceMetadata } from "../traces/metadata.ts";
import { ruleDecision } from "../traces/rule.ts";
import { REASONS } from "../traces/schema.ts";
import { TableBuilder } from "../traces/table.ts";
import { showHtml, showTable, showText } from "./runner/session.ts";

// %% [markdown]
// ## Eleven threads on eight CPUs
//
// A workload that cannot be spread evenly: eight threads that never sleep, and three of a lower priority (nice value 10,
// a tenth of the weight). It stands in an rt-app file, `examples/app.json`; rt-app is a program that runs such files on a real machine.
// The chip has eight cores with one thread each and a common cache. `simulate` takes chip, workload and a seed,
// from which all random numbers follow: run this again and you get the same bytes. The migration cost is 4 ms here, eight times the
// usual, so that tasks are often hot. For each decision it calls
// `onDecision` with a row, in the very columns that a recording of a real kernel has.

// %%
const file = new URL("../examples/app.json", import.meta.url).pathname;
const app = () => rtAppWorkload([{ name: "app.json", text: readFileSync(file, "utf8") }]);
const setUp = {
  topology: presetTopology("8x1"),
  tunables: { migrationCostNs: 4_000_000 },
  seed: "1",
  durationNs: 10_000_000_000,
};

const builder = new TableBuilder();
const stock = simulate({ ...setUp, workload: app(), onDecision: (row) => builder.append(row) });
const trace = builder.toTable(
  traceMetadata({
    source: "sim",
    workload: "app.json",
    seed: "1",
    tunables: { migration_cost_ns: 4_000_000 },
  }),
);
showText(
  `${stock.events} events of the scheduler and ${trace.rows} decisions in ${setUp.durationNs / 1e9} simulated seconds`,
);

// %% [markdown]
// ## Why tasks stayed or moved
//
// Each decision has a *reason*. `running`: the thread is on its CPU right now and stays. `cold`: it has not run for a while, so it moves.
// `hot_refused`: it is cache-hot and stays. `forced`: it is hot, and moves because balancing has failed too often.
// (`detached` in the second table: the balancer may still find a task that may move too heavy to move.)

// %%
const counts = Object.fromEntries(REASONS.map((r) => [r, trace.text.reason.filter((x) => x === r).length]));
showHtml(drawReasons([{ trace: "eleven threads", counts }]));
showTable(
  REASONS.filter((r) => counts[r] > 0).map((reason) => ({
    reason,
    decisions: counts[reason],
    share: `${((100 * counts[reason]) / trace.rows).toFixed(1)} %`,
    detached: stock.detached[reason],
  })),
);

// %% [markdown]
// ## One story from its beginning to its end
//
// Take a forced call, and with it all calls about the same thread between the same two CPUs, as long as the thread has not
// migrated in between. Such a group is a *history*. `failed` is how often balancing had failed in a row by then, `delta`
// how long ago the thread had last run: below 4 ms it is hot. It is refused while the count is not above the limit,
// and forced as soon as it is.

// %%
const { pid, src_cpu, dst_cpu, task_nr_migrations, detached } = trace.numeric;
const keyOf = (i: number) => [pid[i], src_cpu[i], dst_cpu[i], task_nr_migrations[i]].join(" ");
const histories = new Map<string, number[]>();
for (let i = 0; i < trace.rows; i++) histories.set(keyOf(i), [...(histories.get(keyOf(i)) ?? []), i]);
const story = [...histories.values()].find(
  ([first, ...later]) => trace.text.reason[first!] === "hot_refused" && later.some((i) => detached[i] === 1),
)!;
showText(
  `${trace.text.comm[story[0]]}: may it move from CPU ${src_cpu[story[0]]} to CPU ${dst_cpu[story[0]]}?`,
);
showTable(
  story.map((i) => ({
    "time, ms": trace.numeric.ts[i] / 1e6,
    failed: trace.numeric.sd_nr_balance_failed[i],
    limit: trace.numeric.sd_cache_nice_tries[i],
    "delta, ms": trace.numeric.delta[i] / 1e6,
    reason: trace.text.reason[i],
    "left its queue": detached[i] === 1 ? "yes" : "no",
  })),
);

// %% [markdown]
// ## The rule explains each of them
//
// A dozen lines of code, the *rule* (`traces/rule.ts`), compute each decision from its row alone. They reproduce the decisions of
// this simulation, and those of the recordings of a real kernel too.

// %%
let agree = 0;
for (let i = 0; i < trace.rows; i++) if (ruleDecision(trace, i) === trace.numeric.migration[i]) agree++;
showText(`the rule reproduces ${agree} of ${trace.rows} decisions`);
if (agree !== trace.rows) throw new Error("the rule and the simulator disagree");

// %% [markdown]
// ## The label that needs the future
//
// Which calls belong to a history in which somebody was forced? Whoever had known it could have moved the thread at
// the first of them. No rule can tell from the row, as the answer lies in later rows. It is the label
// `forced_eventually`, which the networks of notebook 3 try to predict.

// %%
const history = labelTable(trace, "forced_eventually").reduce((sum, y) => sum + y, 0);
showText(`${counts.forced} forced calls, ${history} calls in their histories, of ${trace.rows}`);
if (counts.forced! < trace.rows / 100)
  throw new Error("this notebook needs a workload with forced migrations");

// %% [markdown]
// ## What force is good for
//
// A *policy* answers in place of `can_migrate_task()`. The policy `never-hot` never moves a hot task, however often balancing has failed.
// All threads together do the same amount of work then; but look at the three threads in the background, which should
// get equal shares: without force, one of them that has found a good place keeps it.

// %%
const never = simulate({ ...setUp, workload: app(), policy: neverHot });
const background = (r: typeof stock) => r.tasks.filter((t) => t.comm.startsWith("background"));
showTable(
  [stock, never].map((r) => {
    const seconds = background(r).map((t) => t.runNs / 1e9);
    return {
      policy: r.policy,
      "forced moves": r.detached.forced,
      "all migrations": Object.values(r.migrations).reduce((a, b) => a + b, 0),
      [`${r.work.unit} finished`]: r.work.units,
      "CPU time of background threads, s": seconds.map((s) => s.toFixed(2)).join(", "),
      "most : least": (Math.max(...seconds) / Math.min(...seconds)).toFixed(2),
    };
  }),
);

// %% [markdown]
// One seed and one workload prove nothing; `npx nicetries simulate` tries others, and the report of `npm start` compares
// policies over several. Notebook 2 looks at labels, notebook 3 at learning.
