// %% [markdown]
// # A first simulation
//
// We simulate a parallel computation on the default chip (4 cores with 2 threads each, like the i5-1035G1 of the
// thesis), look at what the load balancer was asked, and why it refused or moved tasks. Run it again and you get the
// same bytes: all randomness hangs on the seed.

// %%
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { neverHot } from "../sim/policy/stock.ts";
import { simulate } from "../sim/simulator.ts";
import { modelNamed } from "../sim/workload/models/catalogue.ts";
import { labelTable } from "../traces/label.ts";
import { traceMetadata } from "../traces/metadata.ts";
import { ruleDecision } from "../traces/rule.ts";
import { REASONS } from "../traces/schema.ts";
import { TableBuilder } from "../traces/table.ts";
import { drawReasons } from "./figures/reasons.ts";
import { showHtml, showTable, showText } from "./runner/session.ts";

const topology = presetTopology("i5-1035g1");
const durationNs = 5_000_000_000;

// %% [markdown]
// ## Run it
//
// `simulate` takes a chip, a workload, a seed and, if we want the decisions, a callback. Each call of
// `can_migrate_task` becomes one row in the schema that real traces have too.

// %%
const builder = new TableBuilder();
const stock = simulate({
  topology,
  workload: modelNamed("numeric").workload(),
  seed: "1",
  durationNs,
  onDecision: (row) => builder.append(row),
});
const trace = builder.toTable(traceMetadata({ source: "sim", workload: "numeric", seed: "1" }));
showText(
  `${stock.events} scheduler events, ${trace.rows} decisions in ${durationNs / 1e9} simulated seconds`,
);
showTable(
  stock.cpus.map((c) => ({
    CPU: c.cpu,
    "busy, ms": Math.round(c.busyNs / 1e6),
    "lost to overheads, ms": Math.round(c.lostNs / 1e6),
    switches: c.switches,
    "migrations in": c.migrationsIn,
  })),
);

// %% [markdown]
// ## Why tasks stayed or moved
//
// `cold` tasks move at once. A *hot* one ran within the last half millisecond (`migration_cost`); it stays
// (`hot_refused`) until balancing has failed more often than the domain's `cache_nice_tries`. Then it is `forced`.

// %%
const counts = Object.fromEntries(REASONS.map((r) => [r, trace.text.reason.filter((x) => x === r).length]));
showHtml(drawReasons([{ trace: "numeric", counts }]));
showTable(REASONS.filter((r) => counts[r]! > 0).map((reason) => ({ reason, rows: counts[reason]! })));

// %% [markdown]
// ## The rule explains each of them
//
// The same few lines of rule that reproduce every decision of the real kernel traces reproduce these, from the row
// alone.

// %%
let agree = 0;
for (let i = 0; i < trace.rows; i++) if (ruleDecision(trace, i) === trace.numeric.migration[i]) agree++;
showText(`the rule reproduces ${agree} of ${trace.rows} decisions`);
if (agree !== trace.rows) throw new Error("the rule and the simulator disagree");

// %% [markdown]
// ## The label that needs the future
//
// A call belongs to a *history* when some later (or this very) call for the same task, source, destination and
// migration count was forced. Those calls are where time could have been saved by moving earlier.

// %%
const history = labelTable(trace, "forced_eventually").reduce((sum, y) => sum + y, 0);
showText(`${counts.forced} forced calls, ${history} calls in their histories, of ${trace.rows}`);

// %% [markdown]
// ## Another judge
//
// A policy answers in place of `can_migrate_task` once the hard refusals are through. `never-hot` never moves a hot
// task, however often balancing failed.

// %%
const never = simulate({
  topology,
  workload: modelNamed("numeric").workload(),
  seed: "1",
  durationNs,
  policy: neverHot,
});
showTable(
  [stock, never].map((r) => ({
    policy: r.policy,
    [`${r.work.unit} finished`]: r.work.units,
    "forced moves": r.detached.forced,
    "all migrations": Object.values(r.migrations).reduce((a, b) => a + b, 0),
    "cache refill, ms": Math.round(r.totals.refillNs / 1e5) / 10,
    "wake-up p99, µs": Math.round(r.latency.p99Ns / 1000),
  })),
);
