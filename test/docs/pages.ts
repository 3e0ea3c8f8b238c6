import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EXPERIMENT_NAMES } from "../../lab/experiments/catalogue.ts";
import { isStored } from "../../scripts/experiments.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The pages whose commands are tested. */
export const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  "examples/README.md",
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export const readPage = (page: string): string => readFileSync(`${ROOT}${page}`, "utf8");

/** Commands run before a page's own: for what its reader has made by then, if need be with a kernel that is not here. */
export const SET_UP: Readonly<Record<string, readonly string[]>> = {
  "CONTRIBUTING.md": ["npx nicetries lockstep --generate mixed:7 > mine.scn"],
  "docs/performance.md": [
    "npx nicetries train traces/synthetic/*.parquet --target migrate --preset libml --out m.nt",
  ],
  "docs/kernel-bridge.md": ["cp traces/real/stress-mix.parquet run.parquet"],
};

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

const inCi = (command: string, text: string, reason: string): Exception => ({
  command,
  reason,
  runBy: [".ci/run", text],
});
const shorter = (command: string, instead: string, reason = "shows the same in less time"): Exception => ({
  command,
  instead,
  reason,
});

const EXPERIMENT = "npx nicetries experiment e3 --quick --name ci";
const MAIN_JOB = "npm start --silent -- --quick";

/** The only place where commands are excused or shortened. A test finds those that no page has any more. */
export const EXCEPTIONS: readonly Exception[] = [
  { command: "npx nicetries simulate numeric --chip 16x3", reason: "shows a refusal", exitCode: 2 },
  inCi("npm start", MAIN_JOB, "takes minutes; CI runs it with --quick"),
  inCi("npm ci && npm start", MAIN_JOB, "takes minutes; CI runs it with --quick"),
  inCi("npm ci && npm test", "npm test", "is this very run"),
  inCi("npm test", "npm test", "is this very run"),
  inCi("npm ci", "npm ci", "installs anew; CI does"),
  {
    command: "npm run test:quick",
    reason: "is a part of this very run",
    runBy: ["package.json", '"test:quick"'],
  },
  {
    command: "npm run generate",
    reason: "writes into the repository; a test compares what it would write",
    runBy: ["test/generated.test.ts", "npm run generate"],
  },
  inCi("npm run lint", "npm run --silent lint", "is a step of CI by itself"),
  inCi("npm run typecheck", "npm run --silent typecheck", "is a step of CI by itself"),
  inCi("npm run test:kernel", "npm run test:kernel", "takes minutes; a step of CI by itself"),
  {
    command: "npm pack --pack-destination /tmp",
    reason: "is how the test of the package begins",
    runBy: ["test/package.test.ts", '"--pack-destination"'],
  },
  {
    command: "npm install /tmp/nicetries-0.1.0.tgz",
    reason: "is how the test of the package goes on",
    runBy: ["test/package.test.ts", "npm install --prefer-offline"],
  },
  {
    command: ".ci/run",
    reason: "runs this very test, on a clean Debian",
    runBy: [".ci/run", "npm test"],
  },
  {
    command: "npm run notebooks",
    reason: "has a test of its own",
    runBy: ["test/notebooks/notebooks.test.ts", '"notebooks"'],
  },
  ...["e2 --quick", "all", ...EXPERIMENT_NAMES.filter(isStored)].map((words) =>
    inCi(`npx nicetries experiment ${words}`, EXPERIMENT, "takes minutes; CI makes one, in its quick form"),
  ),
  ...["cost", "kernel"].map(
    (name): Exception => ({
      command: `npx nicetries experiment ${name} --live`,
      reason: "takes half an hour of guests; a test asks the same with a measurement of its own",
      runBy: ["test/lab/kernel-experiments.test.ts", "unless they can measure"],
    }),
  ),
  {
    command: "sh scripts/refresh.sh",
    reason: "takes an hour and rewrites the tables of these pages",
    runBy: ["test/docs/refresh.test.ts", "scripts/refresh.sh"],
  },
  ...[
    "npm start && npx tsx scripts/results.ts && npm run generate",
    "npx tsx scripts/learning-tables.ts",
    "npx tsx kernel-bridge/benchmarks/record-all.ts",
    "npx tsx kernel-bridge/benchmarks/record-all.ts --set groups",
    "npx tsx scripts/background.ts",
    "npx tsx scripts/adapting.ts",
    "npx tsx scripts/nest.ts",
  ].map(
    (command): Exception => ({
      command,
      reason: "takes minutes or needs the results of a whole run",
      runBy: ["scripts/refresh.sh", command.replace(/npm start && (\S+ \S+ \S+) .*/, "$1")],
    }),
  ),
  ...["", " --policy never-hot", " --policy ./examples/policy.ts"].map((policy) =>
    shorter(
      `npx nicetries simulate convolution --duration 20s${policy}`,
      `npx nicetries simulate convolution --duration 1s${policy}`,
    ),
  ),
  shorter(
    "FC_SEED=7 FC_RUNS=1000 npx mocha test/traces/label.test.ts",
    "FC_SEED=7 FC_RUNS=5 npx mocha test/traces/label.test.ts -g streaming",
    "a thousand random traces per property take a minute",
  ),
  ...[
    "core traces",
    "core simulate",
    "profile",
    "traces",
    "inference",
    "model",
    "explorer",
    "recordings",
    "sweep",
  ].map((parts) =>
    shorter(
      `npm run bench -- ${parts}`,
      `npm run bench -- --quick ${parts.replace("core traces", "core")}`,
      "measures for minutes; a quick run shows that it works",
    ),
  ),
  shorter(
    "npx nicetries sweep --vary workload=examples/switch.json --vary chip=8x1 --vary 'policy=cfs,adapt:m.nt,adapt:m.nt?act=1' --seeds 12 --out runs/adapt",
    "npx nicetries sweep --vary workload=examples/switch.json --vary chip=8x1 --vary 'policy=cfs,adapt:m.nt,adapt:m.nt?act=1' --seeds 2 --duration 1s --out runs/adapt",
  ),
  shorter(
    "npx nicetries sweep examples/policies.json --out runs/policies",
    "npx nicetries sweep examples/policies.json --out runs/policies --seeds 2 --duration 20ms",
  ),
  ...[
    "--vary migrationCost=50us --vary niceTries=0",
    "--vary migrationCost=1207414ns --vary niceTries=1",
  ].map((settings, i) => {
    const command = `npx nicetries sweep --vary workload=convolution,numeric,database,hackbench,compression ${settings}`;
    const out = `--out runs/${["grid", "random"][i]}`;
    return shorter(
      `${command} --seeds 20 --duration 300ms ${out}`,
      `${command} --seeds 2 --duration 20ms ${out}`,
    );
  }),
  {
    command: "npx tsx scripts/learned-cost.ts train",
    reason: "takes a minute and rewrites the weights",
    runBy: ["scripts/refresh.sh", "npx tsx scripts/learned-cost.ts train"],
  },
  ...["grid", "random"].map((what) =>
    shorter(`npx tsx scripts/learned-cost.ts ${what}`, `npx tsx scripts/learned-cost.ts ${what} 1`),
  ),
  shorter("npm run bench", "npm run bench -- --quick model", "measures for minutes"),
  shorter("npx tsx bench/traces-memory.ts", "npx tsx bench/traces-memory.ts 1000", "measures for minutes"),
  {
    command:
      "sudo apt-get install --no-install-recommends linux-source-6.1 gcc make flex bison bc dwarves libelf-dev libssl-dev " +
      "libc6-dev xz-utils cpio kmod rsync perl patch qemu-system-x86 busybox-static python3 python3-bpfcc rt-tests",
    reason: "installs packages; CI installs the same",
    runBy: [".ci/run", "qemu-system-x86 busybox-static python3 python3-bpfcc rt-tests"],
  },
  {
    command: "npx nicetries fidelity examples/fidelity/hogs-9.json --stored",
    exitCode: 1,
    reason: "tells differences, as the page says",
  },
  {
    command: "npx nicetries fidelity examples/fidelity/hogs-9.json --resimulate",
    exitCode: 1,
    reason: "finds metrics that differ, and says so by its exit code",
  },
  // npm run test:kernel, under an emulator:
  {
    command: "npx tsx scripts/adapting.ts --kernel 1 2 3 4 5",
    reason: "boots five guests, for minutes each",
    runBy: ["test/kernel-guest/adapt.test.ts", "adaptInGuest"],
  },
  {
    command: "npx nicetries fidelity examples/app.json",
    reason: "boots a kernel, for minutes",
    runBy: ["test/kernel-guest/fidelity.test.ts", "recordedObservations"],
  },
  shorter(
    "npx nicetries kernel record -o run.parquet -- hackbench -g 4",
    "npx nicetries kernel record -o run.parquet -- hackbench -g 4 -l 10",
  ),
  shorter(
    "npx nicetries kernel deploy m.nt --mode shadow -- hackbench -g 4",
    "npx nicetries kernel deploy m.nt --mode shadow -- hackbench -g 4 -l 10",
  ),
  shorter(
    "npx nicetries kernel adapt m.nt -- hackbench -g 4",
    "npx nicetries kernel adapt m.nt -- hackbench -g 4 -l 10",
  ),
  shorter(
    "npx nicetries kernel adapt mixed.nt --topology 8x1 --benchmark kernel-bridge/benchmarks/rtapp-mixed.json --benchmark kernel-bridge/benchmarks/rtapp-pipeline.json",
    "npx nicetries kernel adapt mixed.nt --topology 8x1 -- hackbench -g 1 -l 10",
  ),
  shorter(
    "npx nicetries kernel verify m.nt",
    "npx nicetries kernel verify m.nt --workloads hackbench --duration 5 --decisions 100 --swaps 20 --fuzz 200",
  ),
  shorter(
    "npx nicetries kernel bench m.nt",
    "npx nicetries kernel bench m.nt --rounds 2 -- hackbench -g 1 -l 20",
  ),
  shorter("npm run bench -- kernel", "npm run bench -- --quick kernel", "takes ten minutes"),
  shorter("npx nicetries kernel boot", "npx nicetries kernel boot -- true", "a shell waits for its user"),
  shorter(
    "npx nicetries kernel boot -- sh kernel-bridge/collect/overhead.sh",
    "npx nicetries kernel boot -- sh kernel-bridge/collect/overhead.sh 1",
  ),
  shorter(
    "npx nicetries kernel lockstep --generate all:1-20 --out dumps --compare",
    "npx nicetries kernel lockstep --generate everything:1-2 --out dumps --compare",
  ),
  shorter(
    "npx nicetries kernel lockstep test/conformance/corpus/mc --chip 8x1",
    "npx nicetries kernel lockstep test/conformance/corpus/mc/nine-501.scn --chip 8x1",
  ),
];

/** Test files, which the whole run has too. */
export function testFiles(command: string): string[] {
  const words = command.split(" ");
  const files = words.slice(2);
  const whole = command.startsWith("npx mocha ") && files.every((word) => /^test\/\S+\.test\.ts$/.test(word));
  return whole ? files : [];
}

/** Commands that need a guest kernel: `npm run test:kernel` runs them. */
export const needsKernel = (command: string): boolean =>
  /\bnicetries kernel (?!doctor\b)[a-z]|\bbench -- kernel\b/.test(command);

/** Those of them that need a QEMU which knows virtual time. */
export const needsVirtualTime = (command: string): boolean =>
  /\bbench -- kernel\b|--clock virtual\b/.test(command);
