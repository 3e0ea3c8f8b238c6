import type { Bench } from "./bench.ts";
import type { ResultTable } from "./table.ts";

/** A question, and the tables that answer it. */
export interface Experiment {
  readonly name: string;
  readonly about: string;
  /** Rests on measurements of a real kernel, which can be made anew. */
  readonly measures?: boolean;
  /** Makes its tables. Whatever takes time is a job of the bench. */
  readonly tables: (bench: Bench) => Promise<ResultTable[]>;
}

/** The experiments, in the order in which `all` makes them. */
export const EXPERIMENTS: readonly Experiment[] = [
  {
    name: "e1",
    about: "will this task be moved now? Table 5.4, Figure 5.1 and what stands behind them",
    tables: async (bench) => (await import("./learning.ts")).learningTables(bench, "migrate"),
  },
  {
    name: "e2",
    about:
      "does this call lead to a forced migration? Tables 5.5 and 5.6, Figure 5.2 and what stands behind them",
    tables: async (bench) => (await import("./learning.ts")).learningTables(bench, "forced_eventually"),
  },
  {
    name: "e3",
    about: "is this call a forced migration? Table 5.7, Figure 5.3 and what stands behind them",
    tables: async (bench) => (await import("./learning.ts")).learningTables(bench, "forced_now"),
  },
  {
    name: "regimes",
    about: "what explains Table 5.5: a search for workloads with the thesis's shares of forced migrations",
    tables: async (bench) => (await import("./regimes.ts")).regimeTables(bench),
  },
  {
    name: "predictability",
    about: "how much of E2 can be foreseen at all, by what one knows and how far one sees",
    tables: async (bench) => (await import("./predictability.ts")).predictabilityTables(bench),
  },
  {
    name: "transfer",
    about:
      "from simulation to reality: networks that learned from simulated rows, real ones, or both, judged on either",
    tables: async (bench) => (await import("./transfer.ts")).transferTables(bench),
  },
  {
    name: "cost",
    about:
      "Tables 5.9 and 5.10, Figures 5.4 to 5.6: what a network in the balancer costs, a call and a whole run",
    measures: true,
    tables: async (bench) => (await import("./kernel/cost.ts")).costTables(bench),
  },
  {
    name: "kernel",
    about:
      "on a real kernel: the thesis's networks while a workload runs, regimes, earlier migration, the models in the box",
    measures: true,
    tables: async (bench) => (await import("./kernel/tables.ts")).kernelTables(bench),
  },
  {
    name: "mllb",
    about: "MLLB, the thesis's seed: its inputs and shape on our rows, and what its published weights do",
    tables: async (bench) => (await import("./mllb.ts")).mllbTables(bench),
  },
  {
    name: "zoo",
    about: "the models in the box, on recordings that they have not seen",
    tables: async (bench) => (await import("./zoo.ts")).zooTables(bench),
  },
  {
    name: "ceiling",
    about:
      "the thesis's question on a real kernel: what could be won by migrating before it is forced, at most",
    tables: async (bench) => (await import("./ceiling.ts")).ceilingTables(bench),
  },
  {
    name: "premigration",
    about: "the thesis's question in the simulator: what earlier migration wins",
    tables: async (bench) => (await import("./premigration.ts")).premigrationTables(bench),
  },
];

export const EXPERIMENT_NAMES: readonly string[] = EXPERIMENTS.map(({ name }) => name);
