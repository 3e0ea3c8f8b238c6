import { pageCode } from "../../explorer/bundle.ts";
import type { ExplorerRun } from "../../explorer/data/run.ts";
import { explorerPage, policyOf } from "../../explorer/html.ts";
import { IndexedRun } from "../../explorer/view/runs.ts";
import { type NamedRun, parseNamedRun } from "../../lab/explore/named-run.ts";
import { isReplay, kindOf, openRun } from "../../lab/explore/open-run.ts";
import { isSweep, openSweep } from "../../lab/explore/open-sweep.ts";
import { expectWritable } from "../../lab/files/output-files.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { RequestError } from "../../traces/input-error.ts";
import { formatDuration } from "../../traces/quantity.ts";
import { againBy } from "../again.ts";
import { flagOf } from "../input-error-text.ts";
import { note, print, printJson } from "../output.ts";
import { expectExtension, refuseReplacingInputs } from "../output-files.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";
import { UserCode } from "../simulate/user-code.ts";
import { type Page, servePages } from "./serve.ts";
import { sweepPage } from "./sweep-page.ts";

/** The options of `nicetries explore`. */
export interface ExploreOptions {
  out?: string;
  duration?: number;
  seed?: string;
  chip?: string;
  policy?: string;
  window?: { fromNs: number; toNs: number };
  tasks?: string;
  loop?: number;
  recordedOn?: string;
  json?: boolean;
}

/** What a browser may do with a page without code. */
const STILL = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Does what `nicetries explore` was asked for. */
export async function explore(names: readonly string[], options: ExploreOptions): Promise<void> {
  const { out } = options;
  if (out !== undefined) {
    expectExtension(out, ".html");
    refuseReplacingInputs(
      [out],
      names.map((name) => name.replace(/\?.*/s, "")),
    );
    expectWritable([out]);
  }
  if (names.some(isSweep)) return exploreSweep(names, options);
  const named = names.map((name, i) => parseNamedRun(name, i === 0 ? "<a>" : "<b>"));
  refuseUnused(named, options);
  const { page, runs } = await openAll(named, options);
  const held = runs.map(summaryOf);
  if (out === undefined)
    return serve({ runs: held }, async (path) => (path === "" ? page : undefined), options);
  keep(page, out, { runs: held }, held.map(sentenceOf).join("; "), options);
}

/** Options of simulations, and of replays: what they are called at the command line and behind a question mark. */
const SIMULATED = ["duration", "seed", "policy"] as const;
const REPLAYED = ["tasks", "loop", "recordedOn"] as const;

/** What is only shown takes nothing from options of simulations, and no other simulation from those of replays. */
function refuseUnused(named: readonly NamedRun[], options: ExploreOptions): void {
  const kinds = named.map(kindOf);
  const shown = kinds.filter((kind) => kind !== "simulation");
  const isGiven = (option: (typeof SIMULATED | typeof REPLAYED)[number]) => options[option] !== undefined;
  const replayed = REPLAYED.find(isGiven);
  if (replayed !== undefined && !named.some(isReplay)) {
    const way = kinds.includes("recording") ? ": a question mark behind a recording's name replays it" : "";
    throw new UsageError(`${flagOf(replayed)} needs a recording that is replayed${way}`);
  }
  const asked = SIMULATED.find(isGiven);
  if (asked === undefined || shown.length < kinds.length) return;
  const value = asked === "duration" ? formatDuration(options.duration!) : options[asked];
  const replay = kinds.includes("recording")
    ? `; with '?${asked}=${value}' behind its name a recording is replayed`
    : "";
  const part = asked === "duration" ? `; --window ..${value} shows a part` : "";
  throw new UsageError(`--${asked} needs a simulation, and a ${kinds[0]} is only shown${part}${replay}`);
}

/** A sweep says itself how its simulations are made. */
function refuseForSweep(options: ExploreOptions): void {
  const given = [...SIMULATED, "chip", "window", ...REPLAYED] as const;
  const option = given.find((each) => options[each] !== undefined);
  if (option === undefined) return;
  throw new UsageError(
    `${flagOf(option)} changes nothing of a sweep: its plan says how its simulations are made; 'FOLDER?name=value' chooses among them, and its page names each one's command, which takes options`,
  );
}

/** A sweep's own page; served, it leads to its simulations, which are made when they are asked for. */
async function exploreSweep(names: readonly string[], options: ExploreOptions): Promise<void> {
  const [name, other] = names;
  if (other !== undefined)
    throw new UsageError("a sweep is explored alone; nicetries compare puts two beside each other");
  refuseForSweep(options);
  const sweep = await openSweep(name, "<a>");
  const held = { sweep: { name, simulations: sweep.rows.length, dimensions: sweep.results.dimensions } };
  if (options.out !== undefined) {
    const page = { text: sweepPage(sweep), policy: STILL };
    keep(page, options.out, held, `${sweep.rows.length} simulations`, options);
    return;
  }
  const own = { text: sweepPage(sweep, ({ index }) => `run/${index}`), policy: STILL };
  await serve(
    held,
    async (path) => {
      if (path === "") return own;
      const row = sweep.rows.find(({ index }) => path === `run/${index}`);
      if (row === undefined) return undefined;
      return (await openAll([parseNamedRun(sweep.nameOf(row), "<a>")], options)).page;
    },
    options,
  );
}

async function openAll(named: readonly NamedRun[], options: ExploreOptions) {
  const { seed, duration, chip, policy, window, tasks, loop, recordedOn } = options;
  const runs: ExplorerRun[] = [];
  /** Who says it, by what is said. */
  const said = new Map<string, Set<string>>();
  for (const [i, each] of named.entries()) {
    const bar = progressBar("explore");
    const opened = openRun(each, {
      ...{ seed, durationNs: duration, chip, policy, window, commandOf: againBy },
      replay: { tasks, loop, recordedOn },
      say: (text) => said.set(text, (said.get(text) ?? new Set()).add("AB"[i])),
      supervise: (file, failure) => new UserCode(file, failure),
      onProgress: (done, end, what) => bar.update(done, end, what),
    });
    runs.push(await opened.catch((error) => Promise.reject(ofRun(error, i))).finally(() => bar.stop()));
  }
  for (const [text, by] of said) note(named.length === 1 ? text : `${[...by].join(" and ")}: ${text}`);
  const code = await pageCode();
  return { runs, page: { text: explorerPage(runs, code), policy: policyOf(code) } };
}

/** What simulate calls a workload is a run here, which may be other things, too. */
function ofRun(error: unknown, run: number): unknown {
  if (!(error instanceof RequestError) || error.details.option !== "workload") return error;
  const { option: _, file: __, ...details } = error.details;
  const file = "a path to an rt-app file";
  const problem = error.problem.replace(file, `${file}, a recording, a trace or the folder of a sweep`);
  return new RequestError(["<a>", "<b>"][run], problem, details);
}

function keep({ text }: Page, out: string, held: object, sentence: string, { json }: ExploreOptions): void {
  const bytes = Buffer.byteLength(text);
  writeFileAtomic(out, text);
  if (json) printJson({ ...held, out, bytes });
  else print(`${out}: ${(bytes / 1e6).toFixed(1)} MB; ${sentence}\n`);
}

async function serve(
  held: object,
  pageAt: (path: string) => Promise<Page | undefined>,
  { json }: ExploreOptions,
): Promise<void> {
  const served = await servePages(pageAt);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, served.close);
  if (json) printJson({ ...held, url: served.url });
  else print(`${served.url}\n`);
  note("Serves this machine alone, until Ctrl-C.");
  await served.ended;
}

const summaryOf = (run: ExplorerRun) => ({
  ...{ title: run.title, source: run.source, durationNs: run.durationNs },
  ...{ cpus: run.cpus.length, tasks: run.tasks.length, slices: run.slices.rows },
  ...{ migrations: run.moves.rows, passes: run.passes.rows, decisions: run.decisions.rows },
  ...{ forced: new IndexedRun(run).forced.length, gaps: run.gaps },
});

const sentenceOf = ({ title, migrations, passes, forced }: ReturnType<typeof summaryOf>): string =>
  `${title}: ${migrations} migrations, ${passes} balance passes, ${forced} tasks moved by force`;
