/**
 * Writes the tables of Nest in docs/policies.md anew, from sweeps into runs/nest/ (kept: what is there is not simulated again); takes
 * some ten minutes:
 *
 *   npx tsx scripts/nest.ts
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openSide, pairUp } from "../lab/compare/pairs.ts";
import { comparePairs, type MetricComparison } from "../lab/compare/verdict.ts";
import { numberedSeeds, readPlan, type SweepPlan } from "../lab/sweep/plan.ts";
import { runSweep } from "../lab/sweep/run.ts";
import { randomStream } from "../sim/engine/random.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";
import { markdownTable, replaceBetween } from "./markdown.ts";

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const DOC = at("docs/policies.md");
const CHIPS = ["xeon-6130", "xeon-5218", "xeon-e7-8870v4"];

type Dimensions = SweepPlan["dimensions"];

async function swept(name: string, plan: SweepPlan): Promise<string> {
  const out = at(`runs/nest/${name}`);
  await runSweep(plan, {
    out,
    onProgress: (done, total) => process.stderr.write(`\r${name}: ${done} of ${total} simulations`),
  });
  process.stderr.write("\n");
  return out;
}

/** All combinations, each with 20 seeds. */
const planOf = (dimensions: Dimensions, durationNs?: number): SweepPlan => ({
  ...{ about: "", seeds: numberedSeeds(20), durationNs, dimensions },
});

/** What `nicetries compare` says of two parts of the sweep, metric by metric. */
async function compared(sweep: string, a: string, b: string, metrics: readonly string[]) {
  const sides = [await openSide(`${sweep}?${a}`, "<a>"), await openSide(`${sweep}?${b}`, "<b>")];
  const { pairs } = pairUp(sides[0], sides[1]);
  const found = comparePairs(pairs, { random: randomStream("1", "compare"), metrics });
  return new Map(found.map((metric) => [metric.name, metric]));
}

const percent = (ratio: number) => `${ratio < 1 ? "−" : "+"}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
/** By how much B's mean lies above A's, with its interval. */
const change = ({ ratio, ratioRange }: MetricComparison) =>
  `${percent(ratio!)} (${ratioRange!.map(percent).join(" to ")})`;
const both = ({ a, b }: MetricComparison, digits = 0) => `${a.toFixed(digits)} → ${b.toFixed(digits)}`;

/** configure scripts on the chips of the paper, by governor and number of scripts: A is CFS, B is Nest. */
async function claim(): Promise<string> {
  const plan = readPlan(readFileSync(at("examples/nest.json"), "utf8"), "examples/nest.json");
  const sweep = await swept("claim", plan);
  const { "parameters.scripts": scripts } = plan.dimensions;
  const rows: string[][] = [];
  for (const chip of CHIPS)
    for (const count of scripts)
      for (const governor of ["1", "2"]) {
        const cell = `chip=${chip}&parameters.scripts=${count}&hardware.frequency=${governor}&policy=`;
        const found = await compared(sweep, `${cell}cfs`, `${cell}nest`, [
          "makespan",
          "clock",
          "activeCores",
        ]);
        const time = found.get("makespan")!;
        rows.push([
          ...[chip, count, governor, change(time), time.verdict],
          both(found.get("clock")!),
          both(found.get("activeCores")!, 1),
        ]);
      }
  const header = [
    "chip",
    "scripts",
    "`frequency`",
    "time to the end",
    "verdict",
    "mean clock, MHz",
    "active cores",
  ];
  return markdownTable(header, rows, "lrrrlrr");
}

/** One script, by how fast clocks rise and fall, with and without spinning. */
async function ramp(): Promise<string> {
  const steps = ["50us", "100us", "200us", "500us", "1ms"];
  const policies = ["cfs", "nest?sMax=0", "nest"];
  const dimensions = {
    ...{ workload: ["configure"], "parameters.checks": ["10"], chip: ["xeon-6130"], policy: policies },
    ...{ "hardware.frequency": ["1", "2"], "hardware.frequencyStepNs": steps },
  };
  const sweep = await swept("ramp", planOf(dimensions));
  const rows = [];
  for (const governor of ["1", "2"])
    for (const step of steps) {
      const cell = `hardware.frequency=${governor}&hardware.frequencyStepNs=${step}&policy=`;
      const to = async (policy: string) =>
        change((await compared(sweep, `${cell}cfs`, `${cell}${policy}`, ["makespan"])).get("makespan")!);
      rows.push([governor, step, await to("nest"), await to("nest?sMax=0")]);
    }
  return markdownTable(["`frequency`", "`frequencyStepNs`", "Nest", "Nest without spinning"], rows, "rrrr");
}

/** Workloads that fill the chip, by their throughput, and configure scripts where all cores are always as fast. */
async function elsewhere(): Promise<string> {
  const policy = ["cfs", "nest"];
  const workload = ["database", "numeric", "convolution", "compression"];
  const clocked = { workload, chip: ["xeon-6130"], "hardware.frequency": ["1"], policy };
  const full = await swept("full", planOf(clocked, 200_000_000));
  const chip = ["8x1", "16x2", "xeon-6130", "128x2"];
  const scripts = { workload: ["configure"], "parameters.checks": ["10"], "parameters.scripts": ["1", "16"] };
  const even = await swept("even", planOf({ ...scripts, chip, policy }));
  const row = async (sweep: string, cell: string, metric: string, words: readonly string[]) => {
    const found = (await compared(sweep, `${cell}&policy=cfs`, `${cell}&policy=nest`, [metric])).get(metric)!;
    return [...words, metric, change(found), found.verdict];
  };
  const rows: string[][] = [];
  for (const name of workload)
    rows.push(await row(full, `workload=${name}`, "throughput", [name, "xeon-6130", "1"]));
  for (const name of chip)
    for (const count of scripts["parameters.scripts"])
      rows.push(
        await row(even, `chip=${name}&parameters.scripts=${count}`, "makespan", [
          `configure, scripts=${count}`,
          ...[name, "0"],
        ]),
      );
  const header = ["workload", "chip", "`frequency`", "metric", "Nest against CFS", "verdict"];
  return markdownTable(header, rows, "llrlrl");
}

let text = readFileSync(DOC, "utf8");
text = replaceBetween(text, "nest", await claim());
text = replaceBetween(text, "nest by clocks", await ramp());
text = replaceBetween(text, "nest elsewhere", await elsewhere());
writeFileAtomic(DOC, text);
