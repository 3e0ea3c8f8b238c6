import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The pages whose commands are tested. */
export const PAGES: readonly string[] = [
  "README.md",
  "examples/README.md",
  "docs/README.md",
  "docs/glossary.md",
  "docs/results.md",
  "docs/chips.md",
  "docs/command-line.md",
  "docs/deviations.md",
];

export const readPage = (page: string): string => readFileSync(`${ROOT}${page}`, "utf8");

/** What a page speaks of as if the reader had it: commands that make it, run before the page's own. */
export const SET_UP: Readonly<Record<string, readonly string[]>> = {};

/** A command that is not run as it stands, and why. */
export interface Exception {
  command: string;
  reason: string;
  /** Run this instead. */
  instead?: string;
  /** Exit code that the page tells of. */
  exitCode?: number;
  /** A file that runs it, and what stands there. */
  runBy?: readonly [file: string, text: string];
}

const MAIN_JOB = "takes minutes; CI runs it with --quick";
const mainJob = [".ci/run", "npm start --silent -- --quick"] as const;

/** The only place where commands are excused or shortened. A test finds those that no page has any more. */
export const EXCEPTIONS: readonly Exception[] = [
  { command: "npx nicetries simulate numeric --chip 16x3", reason: "shows a refusal", exitCode: 2 },
  { command: "npm start", reason: MAIN_JOB, runBy: mainJob },
  { command: "npm ci && npm start", reason: MAIN_JOB, runBy: mainJob },
  {
    command: "npm start && npx tsx scripts/results-table.ts",
    reason: "the table is compared with committed results by a test",
    runBy: ["scripts/refresh.sh", "npx tsx scripts/results-table.ts"],
  },
  { command: "npm ci && npm test", reason: "is this very run", runBy: [".ci/run", "npm test"] },
  { command: "npm test", reason: "is this very run", runBy: [".ci/run", "npm test"] },
  {
    command: "npm run notebooks",
    reason: "has a test of its own",
    runBy: ["test/notebooks/notebooks.test.ts", '"notebooks"'],
  },
  {
    command: "npx tsx scripts/readme-picture.ts",
    reason: "needs the results of a whole run",
    runBy: ["scripts/refresh.sh", "npx tsx scripts/readme-picture.ts"],
  },
  {
    command: "npx nicetries simulate convolution --duration 20s",
    instead: "npx nicetries simulate convolution --duration 1s",
    reason: "shows the same in less time",
  },
  {
    command: "npx nicetries simulate convolution --duration 20s --policy never-hot",
    instead: "npx nicetries simulate convolution --duration 1s --policy never-hot",
    reason: "shows the same in less time",
  },
  {
    command: "npx nicetries simulate convolution --duration 20s --policy ./examples/policy.ts",
    instead: "npx nicetries simulate convolution --duration 1s --policy ./examples/policy.ts",
    reason: "shows the same in less time",
  },
  {
    command: "FC_SEED=7 FC_RUNS=1000 npx mocha test/traces/label.test.ts",
    instead: "FC_SEED=7 FC_RUNS=5 npx mocha test/traces/label.test.ts -g streaming",
    reason: "a thousand random traces per property take a minute",
  },
  {
    command: "npx nicetries trace check traces/real/benchmarks/*.parquet",
    exitCode: 1,
    reason: "one decision of these recordings is known to differ",
  },
];

/** A single test file, which the whole run has too. */
export const testFile = (command: string): string | undefined =>
  /^npx mocha (\S+\.test\.ts)$/.exec(command)?.[1];

/** Commands that need a guest kernel: `npm run test:kernel` runs them. */
export const needsKernel = (command: string): boolean => /\bnicetries kernel (?!doctor\b)[a-z]/.test(command);
