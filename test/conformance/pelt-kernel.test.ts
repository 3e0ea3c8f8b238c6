import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { advanceSums, peltNow, updateLoadAverages } from "../../sim/pelt/pelt.ts";
import { SchedAvg } from "../../sim/state/sched-avg.ts";
import { PRIO_TO_WEIGHT } from "../../sim/state/weights.ts";

/**
 * Load tracking against the kernel's own C, bit for bit, on random sequences. The C is compiled here from the Debian
 * package linux-source-6.1; it is no part of this repository. LINUX_SOURCE may name an unpacked tree instead.
 */
const TARBALL = "/usr/src/linux-source-6.1.tar.xz";
const FILES = ["pelt.c", "pelt.h", "sched-pelt.h"];

type Operation =
  | { op: "S"; dt: number; onRq: boolean; running: boolean }
  | { op: "B"; dt: number }
  | { op: "Q"; dt: number; weight: number; nr: number; running: boolean }
  | { op: "W"; weight: number };

/** From below one unit of 1024 ns to gaps that decay everything. */
const dt = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 5_000_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 400_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 41 }) },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constant("S" as const), dt, onRq: fc.boolean(), running: fc.boolean() }),
  fc.record({ op: fc.constant("B" as const), dt }),
  fc.record({
    op: fc.constant("Q" as const),
    dt,
    weight: fc.integer({ min: 0, max: 2_000_000 }),
    nr: fc.integer({ min: 0, max: 3000 }),
    running: fc.boolean(),
  }),
  fc.record({ op: fc.constant("W" as const), weight: fc.constantFrom(3, ...PRIO_TO_WEIGHT) }),
);

function stateOf(avg: SchedAvg): string {
  return [
    avg.lastUpdateTime,
    avg.loadSum,
    avg.runnableSum,
    avg.utilSum,
    avg.periodContrib,
    avg.loadAvg,
    avg.runnableAvg,
    avg.utilAvg,
  ].join(" ");
}

/** Runs the operations in the model; returns the input for the C and the states expected from it. */
function run(operations: readonly Operation[]): { input: string[]; states: string[] } {
  const task = new SchedAvg();
  const queue = new SchedAvg();
  let weight = 1024;
  let now = 2 ** 40;
  const input = ["Z", `W ${weight}`];
  const states: string[] = [];
  for (const o of operations) {
    if (o.op === "W") {
      weight = o.weight;
      input.push(`W ${weight}`);
      continue;
    }
    now += o.dt;
    peltNow[0] = now;
    if (o.op === "Q") {
      input.push(`Q ${now} ${o.weight} ${o.nr} ${o.running ? 1 : 0}`);
      if (advanceSums(queue, o.weight, o.nr, o.running ? 1 : 0)) updateLoadAverages(queue, 1);
      states.push(stateOf(queue));
      continue;
    }
    const onRq = o.op === "S" && o.onRq ? 1 : 0;
    const running = o.op === "S" && o.running ? 1 : 0;
    input.push(o.op === "S" ? `S ${now} ${onRq} ${running}` : `B ${now}`);
    if (advanceSums(task, onRq, onRq, running)) updateLoadAverages(task, weight);
    states.push(stateOf(task));
  }
  return { input, states };
}

/**
 * The folder with the three files. Unpacking takes many seconds, so they stay in the system's temporary folder for the
 * next run, by the date of the package.
 */
function unpacked(scratch: string): string {
  const cache = join(tmpdir(), `nicetries-pelt-${Math.floor(statSync(TARBALL).mtimeMs)}`);
  if (!FILES.every((name) => existsSync(join(cache, name)))) {
    const names = FILES.map((name) => `linux-source-6.1/kernel/sched/${name}`);
    execFileSync("tar", ["-xJf", TARBALL, "-C", scratch, "--occurrence=1", ...names]);
    mkdirSync(cache, { recursive: true });
    for (const name of FILES)
      copyFileSync(join(scratch, "linux-source-6.1/kernel/sched", name), join(cache, name));
  }
  return cache;
}

describe("load tracking and the kernel's pelt.c", () => {
  let program = "";
  let folder = "";

  before(function () {
    const tree = process.env.LINUX_SOURCE;
    const reason =
      tree === undefined && !existsSync(TARBALL)
        ? `no ${TARBALL}: install linux-source-6.1`
        : spawnSync("cc", ["--version"]).status !== 0
          ? "no C compiler"
          : null;
    if (reason !== null) {
      this.test!.title += ` (skipped: ${reason})`;
      process.stderr.write(`    pelt.c not compared: ${reason}\n`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "nicetries-pelt-"));
    let source = tree === undefined ? "" : join(tree, "kernel/sched");
    if (tree === undefined) source = unpacked(folder);
    program = join(folder, "oracle");
    const oracle = fileURLToPath(new URL("./pelt-oracle.c", import.meta.url));
    execFileSync("cc", ["-O1", "-w", "-I", source, "-o", program, oracle]);
  });

  after(() => {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  it("agree in every sum and average after every update", () => {
    const input: string[] = [];
    const expected: string[] = [];
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 120, size: "max" }), (operations) => {
        const result = run(operations);
        input.push(...result.input);
        expected.push(...result.states);
      }),
      { numRuns: 1000 },
    );
    const output = execFileSync(program, { input: input.join("\n"), maxBuffer: 2 ** 28 }).toString();
    const states = output.trimEnd().split("\n");
    expect(states.length).to.equal(expected.length);
    expect(expected.length).to.be.greaterThan(20_000);
    const first = states.findIndex((state, i) => state !== expected[i]);
    expect(first === -1 ? "all equal" : `${first}: C ${states[first]}, model ${expected[first]}`).to.equal(
      "all equal",
    );
  });
});
