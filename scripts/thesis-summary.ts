/** The table of docs/results.md that says what held of the thesis: its words beside numbers taken from stored results. */
import { type Cell, cellText, type ResultTable, type WithInterval } from "../lab/experiments/table.ts";
import { storedTable } from "./experiments.ts";
import { markdownTable } from "./markdown.ts";

/** Rows with a name in the column of benchmarks or data stand in a group, and only the first of a group bears its name. */
function line(table: ResultTable, first: (cell: string) => boolean, second: string): readonly Cell[] {
  let group = "";
  for (const row of table.rows) {
    if (typeof row[0] === "string" && row[0] !== "") group = row[0];
    if (first(group) && String(row[1]).startsWith(second)) return row;
  }
  throw new Error(`table ${table.id} has no row ${second}`);
}

const cell = (table: ResultTable, row: readonly Cell[], column: string): string => {
  const at = table.columns.findIndex(({ name }) => name.startsWith(column));
  return cellText(row[at], table.columns[at]);
};

/** Lowest and highest of a column on the real kernel, over the benchmarks. */
function rangeOf(table: ResultTable, column: string): string {
  const at = table.columns.findIndex(({ name }) => name === column);
  const values = table.rows
    .filter((row) => row[1] === "real kernel")
    .map((row) => row[at])
    .flatMap((c) => (c === null || typeof c === "string" ? [] : [typeof c === "number" ? c : c[0]]));
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} %`;
}

/** Both networks of the thesis, on a separate run. */
const bothRanges = (experiment: string): string =>
  ["pytorch", "libml"]
    .map((judge) => `${judge} ${rangeOf(storedTable(experiment, "accuracy"), `${judge}, separate run`)}`)
    .join(", ");

/** What is made of E2 in the simulator by who knows all of it. */
function allKnowing(): string {
  const table = storedTable("predictability", "all-knowing");
  const of = (known: string) =>
    cell(
      table,
      line(table, (name) => name.startsWith("other seeds, 8x1"), known),
      "balanced %",
    );
  return `simulated, balanced %: with the row and all counters ${of("the row and all counters")}, with all queues, domains and timers ${of("these and all queues")}, with a second played on ${of("all of the call, and the run played on for 1024")}`;
}

const boot = (name: string) => name.startsWith("another boot");

function learnt(experiment: string, column: string, judge: string): string {
  const table = storedTable(experiment, "held-out");
  return cell(table, line(table, boot, judge), column);
}

type Line = [says: string, here: () => string, verdict: string];

const LINES: readonly Line[] = [
  [
    "E1: networks tell the balancer's decision with more than 90 % accuracy, but for compress-zstd",
    () =>
      `its networks on another boot: ${bothRanges("e1")}; with a logarithm of \`delta\` ${learnt("e1", "balanced % (95", "pytorch, `delta`")}; ours ${learnt("e1", "balanced % (95", "best")}`,
    "**not with its inputs**; the rule of the kernel, 100 %, needs no network",
  ],
  [
    "E2: histories can be told with 92.4 % accuracy on balanced classes",
    () =>
      `its networks on another boot: ${bothRanges("e2")}; ours over all workloads ${learnt("e2", "balanced %, cut", "best")}; the rule alone ${learnt("e2", "balanced % (95", "the kernel's rule")}`,
    "**held, nearly**: but at natural frequencies such a cut is mostly false alarms",
  ],
  [
    "(not asked) E2 at natural frequencies",
    () =>
      `MCC ${learnt("e2", "MCC", "best")}, the rule ${learnt("e2", "MCC", "the kernel's rule")}; PR-AUC ${learnt("e2", "PR-AUC", "best")}, the rule ${learnt("e2", "PR-AUC", "the kernel's rule")}`,
    "ranks better than the rule, decides no better",
  ],
  [
    "E3: forced migrations are told in the very call with 97.6 % accuracy",
    () => `its networks on another boot: ${bothRanges("e3")}; ours ${learnt("e3", "balanced % (95", "best")}`,
    "**held**, less so for its larger network; the rule, 100 %, needs none",
  ],
  [
    "E3 in the kernel, while the workload runs: 96.13 %, a loss of up to 1.5 points",
    () => {
      const { columns, rows } = storedTable("kernel", "shadow");
      const at = (name: string) => columns.findIndex((column) => column.name.startsWith(name));
      const from = rows.findIndex(([experiment]) => experiment === "E3");
      const judged = rows.slice(from).filter((row) => Array.isArray(row[at("in the kernel")]));
      const each = judged.map(
        (row) => `${row[1]} ${cellText(row[at("in the kernel")], columns[at("in the kernel")])}`,
      );
      const wrong = rows.reduce((sum, row) => sum + Number(row[at("wrong logits")] ?? 0), 0);
      return `libml in the kernel, %: ${each.join(", ")}; predictions that differ from the same fixed-point network in TypeScript: ${wrong}`;
    },
    "**held**, on few positives (31, 27, 5 and 4): the kernel computes what TypeScript does",
  ],
  [
    "a call of can_migrate_task() takes 27 times as long with a network in it (its Table 5.9: 8 to 71 times)",
    () => {
      const { rows } = storedTable("cost", "latency");
      const range = (who: string) => {
        const factors = rows.filter((row) => row[1] === who).map((row) => Number(row[5]));
        return `${Math.min(...factors).toFixed(1)} to ${Math.max(...factors).toFixed(1)}`;
      };
      return `instructions, stock = 1: the thesis's 7-9-1 ${range("decide, the thesis's 7-9-1")}, zoo/e1 (15-24-1) ${range("decide, zoo/e1")}, premigrate with zoo/e2 ${range("premigrate, zoo/e2")}`;
    },
    "**held**, by a smaller factor: integers instead of floating point, and `premigrate` asks only where its answer matters",
  ],
  [
    "run times with a network: 96 to 109 % of stock with ML, 95 to 101 % with prediction, one run each (Table 5.10)",
    () => {
      const { columns, rows } = storedTable("cost", "run-time");
      const at = columns.findIndex(({ name }) => name.startsWith("stock = 100"));
      const range = (who: string) => {
        const values = rows.filter((row) => row[1] === who).map((row) => (row[at] as WithInterval)[0]);
        return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)} %`;
      };
      const intervals = rows.flatMap((row) => (Array.isArray(row[at]) ? [row[at] as WithInterval] : []));
      const apart = intervals.filter(([, low, high]) => low > 100 || high < 100).length;
      return `in instructions, medians of ten alternating repeats: the thesis's 7-9-1 decides ${range("decide, the thesis's 7-9-1")}, zoo/e1 decides ${range("decide, zoo/e1")}, premigrate with zoo/e2 ${range("premigrate, zoo/e2")}; intervals that leave out 100 %: ${apart} of ${intervals.length}`;
    },
    "**no difference to rely on**: runs are short and intervals wide, on both sides",
  ],
  [
    "Table 5.5: 7 % of Cassandra's calls are forced, and 26 % lead to a forced one",
    () => {
      const table = storedTable("regimes", "nearest");
      const of = (data: string) => line(table, (name) => name === "cassandra", data);
      const shares = (data: string) =>
        `${cell(table, of(data), "forced %")} and ${cell(table, of(data), "calls of hist")} %`;
      const regimes = storedTable("kernel", "regimes");
      const recorded = regimes.rows.filter((row) => row[3] === "real kernel");
      const afterwards = recorded.map(
        (row) => `${row[0]} ${cell(regimes, row, "forced %")} and ${cell(regimes, row, "calls of hist")} %`,
      );
      return `nearest recording of a real kernel ${shares("real kernel")}; nearest simulated ${shares("simulated, other")}; regimes found in the simulator and recorded afterwards: ${afterwards.join(", ")}`;
    },
    "**can be**: CPU-bound tasks, a few more than CPUs, of different weight, without pauses, under a migration cost of 4 ms",
  ],
  [
    "(not asked) how much of E2 can be foreseen at all?",
    () => {
      const table = storedTable("predictability", "knowledge");
      const of = (known: string, column: string) =>
        cell(
          table,
          line(table, (name) => name.startsWith("another chip"), known),
          column,
        );
      return `on another chip, PR-AUC of the rule ${of("the rule", "PR-AUC")}, of the row ${of("the row", "PR-AUC")}, with counters for each move, which know whether it was forced before, ${of("the row and counters of the move", "PR-AUC")}, with a second of the future ${of("these and 1024", "PR-AUC")}; ${allKnowing()}`;
    },
    "the past foresees hardly anything, the whole present no more; the rest is future",
  ],
  [
    "migrating before it is forced saves time (2.3 % of the run time, on average, of one run each)",
    () => {
      const { columns, rows } = storedTable("ceiling", "ceiling");
      const at = columns.findIndex(({ name }) => name.includes("was idle"));
      const most = (cost: string) =>
        Math.max(
          ...rows
            .filter((row) => row[2] === cost && !String(row[0]).startsWith("rtapp"))
            .map((row) => Number(row[at])),
        );
      return `a perfect predictor could win at most ${most("0.5").toFixed(2)} % of the CPU time with the kernel's migration cost of 0.5 ms, ${most("4").toFixed(2)} % with 4 ms, if moving were free (recorded programs, the rt-app files aside)`;
    },
    "**no**: there is next to nothing to win",
  ],
  [
    "(the same, tried in the simulator under a migration cost of 4 ms)",
    () => {
      const table = storedTable("premigration", "policies");
      const of = (workload: string) => {
        const from = table.rows.findIndex(([name, cost]) => name === workload && cost === "4ms");
        const said = (policy: string) => {
          const row = table.rows.slice(from).find((each) => String(each[2]).startsWith(policy))!;
          return cell(table, row, "throughput");
        };
        return `network ${said("premigrate, with the network")}, oracle ${said("premigrate, with an oracle")}, never-hot ${said("never-hot")}, no CPU idle while a task waits ${said("work-conserving")}`;
      };
      return `throughput, stock = 100: of nine equal tasks ${of("nine equal, 8x1")}; of a pipeline of short tasks ${of("pipeline of short tasks, 8x1")}`;
    },
    "**no**: no gain seen; to call no task hot, or to leave no CPU idle while a task waits, costs the pipeline one and a half to two per cent",
  ],
  [
    "(not asked) can a network learn in a simulator?",
    () => {
      const table = storedTable("transfer", "matrix");
      const of = (target: string, set: string) =>
        cell(
          table,
          line(table, (name) => name.startsWith(target), set),
          "real, other boots",
        );
      return ["E1", "E2", "E3"]
        .map(
          (target) =>
            `${target} ${of(target, "simulated, varied")}, trained on real rows ${of(target, "real")}`,
        )
        .join("; ");
    },
    "yes, if the simulation is varied",
  ],
];

export function thesisSummary(): string {
  return markdownTable(
    ["the thesis says", "here", "it"],
    LINES.map(([says, here, verdict]) => [says, here(), verdict]),
    "lll",
  );
}
