import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXPERIMENT_NAMES, EXPERIMENTS } from "../../lab/experiments/catalogue.ts";
import { runExperiments } from "../../lab/experiments/run.ts";
import { cellText, type ExperimentResults, type ResultTable } from "../../lab/experiments/table.ts";
import { whenInterrupted } from "../interrupted.ts";
import { wrongValue } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { progressBar } from "../progress.ts";
import { runName } from "../run-name.ts";
import { liveMeasure, requireLive } from "./live.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The options of `nicetries experiment`. */
export interface ExperimentCommandOptions {
  name?: string;
  seed: string;
  quick?: boolean;
  live?: boolean;
  json?: boolean;
}

/** Does what `nicetries experiment` was asked for. */
export async function experiment(
  which: string | undefined,
  options: ExperimentCommandOptions,
): Promise<void> {
  const { seed, quick = false, live = false, json = false } = options;
  if (which === undefined) return list(json);
  const chosen = which === "all" ? EXPERIMENTS : EXPERIMENTS.filter(({ name }) => name === which);
  const names = [...EXPERIMENT_NAMES, "all"];
  if (chosen.length === 0) throw wrongValue("experiment", `one of ${names.join(", ")}`, which, names);
  if (live) requireLive(chosen);
  if (quick) note("quick: everything is made, but so small that the numbers mean little");
  const name = runName(options.name ?? (quick ? "experiments-quick" : "experiments"));
  const dir = join("runs", name);
  const forget = whenInterrupted(
    () => `interrupted: the same command goes on where it stopped (${dir} keeps what is done)`,
  );
  const bar = progressBar("nicetries experiment");
  const results = await runExperiments(chosen, {
    dir,
    root: ROOT,
    quick,
    seed,
    commandOf: (each) => commandOf(each, options),
    onProgress: (done, total, job) => bar.update(done, total, job),
    onResults: (of, file) => {
      if (!json) print(`${resultsText(of)}\n${file}\n\n`);
      if (!live && chosen.some(({ name, measures }) => measures && name === of.experiment))
        note(
          `${of.experiment}: what was measured on a real kernel is stored; measured anew by: ${commandOf(of.experiment, { ...options, live: true })}`,
        );
    },
    say: note,
    measure: live ? liveMeasure(quick, (done, total, what) => bar.update(done, total, what)) : undefined,
  }).finally(() => {
    bar.stop();
    forget();
  });
  if (json) printJson(results);
}

function list(json: boolean): void {
  if (json) printJson(EXPERIMENTS.map(({ name, about }) => ({ name, about })));
  else {
    const width = Math.max(...EXPERIMENTS.map(({ name }) => name.length));
    for (const { name, about } of EXPERIMENTS) print(`${name.padEnd(width)}  ${about}\n`);
  }
}

function commandOf(experiment: string, { name, seed, quick, live }: ExperimentCommandOptions): string {
  const flags = [
    ...(name === undefined ? [] : [`--name ${name}`]),
    ...(seed === "1" ? [] : [`--seed ${seed}`]),
    ...(quick ? ["--quick"] : []),
    ...(live ? ["--live"] : []),
  ];
  return ["npx nicetries experiment", experiment, ...flags].join(" ");
}

const resultsText = ({ experiment, about, tables }: ExperimentResults): string =>
  [`${experiment}: ${about}`, ...tables.map(tableText)].join("\n\n");

function tableText({ title, columns, rows, notes }: ResultTable): string {
  const lines = rows.map((row) => row.map((cell, i) => cellText(cell, columns[i])));
  return [
    title,
    textTable(
      columns.map(({ name }) => name),
      lines,
    ),
    ...notes,
  ].join("\n");
}
