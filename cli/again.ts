/** The words that make again what a record (lab/made.ts) says was made. */
import { shellWords } from "../kernel-bridge/guest/shell-words.ts";
import { isFileName } from "../lab/files/file-names.ts";
import type { NamedFile } from "../lab/made.ts";
import type { SweepJob } from "../lab/sweep/job.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../sim/chip/topology-presets.ts";
import type { Json, Made } from "../traces/made.ts";
import { formatDuration } from "../traces/quantity.ts";
import { flagOf } from "./input-error-text.ts";

/**
 * The words that make a simulation again, in a folder where its files have the names of the record; undefined for what is
 * no simulation, or of a version whose records say other things.
 */
export function simulateWords(made: Made): string[] | undefined {
  const { command, workload, chip, policy, seed, durationNs, ...more } = made;
  if (command !== "simulate" || !isList(workload)) return undefined;
  if (typeof chip !== "string" || typeof policy !== "string" || typeof seed !== "string") return undefined;
  const pairs = (field: Json | undefined): [string, Json][] =>
    typeof field === "object" && field !== null && !Array.isArray(field) ? Object.entries(field) : [];
  const each = (option: string, field: Json | undefined) =>
    pairs(field).flatMap(([name, value]) => [
      option,
      `${name}=${typeof value === "boolean" ? Number(value) : value}`,
    ]);
  const { migrationCostNs, ...tunables } = Object.fromEntries(pairs(more.tunables));
  const tries = pairs(more.niceTries).map(([level, n]) => `${level}=${n}`);
  return [
    "simulate",
    ...workload.map((name) => (fileNames(more.files).includes(name) ? asFile(name) : name)),
    ...option("--chip", chip === DEFAULT_TOPOLOGY ? undefined : asFile(chip)),
    ...option("--policy", policy === "cfs" ? undefined : policy),
    ...option("--seed", seed === "1" ? undefined : seed),
    ...option("--duration", typeof durationNs === "number" ? formatDuration(durationNs) : undefined),
    ...each("--param", more.parameters),
    ...pairs(more.replay).flatMap(([name, value]) =>
      option(`--${name === "recordedOn" ? "recorded-on" : name}`, String(value)),
    ),
    ...option("--nice-tries", tries.length > 0 ? tries.join(",") : undefined),
    ...option("--migration-cost", migrationCostNs === undefined ? undefined : String(migrationCostNs)),
    ...each("--tunable", tunables),
    ...each("--hardware", more.hardware),
    ...option("--groups", typeof more.groups === "string" ? more.groups : undefined),
    ...(more.autogroup === true ? ["--autogroup"] : []),
    ...(more.background === undefined ? [] : ["--background", String(more.background)]),
    ...option("--off", isList(more.off) ? more.off.join(",") : undefined),
    ...(more.asScenario === true ? ["--as-scenario", "run.scn"] : []),
  ];
}

/** The line of shell that makes a simulation again. */
export function againBy(made: Made | undefined): string | undefined {
  const words = made && simulateWords(made);
  return words && shellWords(["nicetries", ...words]);
}

/** The line of shell that makes a simulation of a sweep by itself: its values are as the command line takes them. */
export function simulationOf({ cell, seed, durationNs }: SweepJob): string {
  const { workload, autogroup, off, ...values } = cell;
  const words = Object.entries(values).flatMap(([name, value]) => {
    const [family, member] = name.split(/\.(.*)/s);
    return option(flagOf(family), member === undefined ? value : `${member}=${value}`);
  });
  return shellWords([
    ...["nicetries", "simulate", workload, ...words],
    ...(autogroup === "true" ? ["--autogroup"] : []),
    ...option("--off", off === "none" ? undefined : off),
    ...option("--seed", seed),
    ...option("--duration", durationNs === undefined ? undefined : formatDuration(durationNs)),
  ]);
}

const isList = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

/** A value that begins as an option does is written behind `=`. */
const option = (name: string, value: string | undefined): string[] =>
  value === undefined ? [] : value.startsWith("-") ? [`${name}=${value}`] : [name, value];

const fileNames = (files: Json | undefined): unknown[] =>
  Array.isArray(files) ? files.map((file: unknown) => (file as NamedFile | null)?.name) : [];

/** A file without a folder and without an ending would be taken for a preset. */
const asFile = (chip: string): string =>
  Object.hasOwn(TOPOLOGY_PRESETS, chip) || isFileName(chip) ? chip : `./${chip}`;
