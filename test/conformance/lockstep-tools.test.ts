import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { compareDumps, compareScenario } from "../../sim/lockstep/compare.ts";
import { runScenario } from "../../sim/lockstep/run.ts";
import {
  formatScenario,
  GROUP_OPERATIONS,
  OPERATIONS,
  type Operation,
  parseScenario,
} from "../../sim/lockstep/scenario.ts";
import { InputError } from "../../traces/input-error.ts";

const chip = presetTopology("i5-1035g1");
const folder = new URL("./corpus/smt/", import.meta.url);
const text = readFileSync(new URL("mixed-1.scn", folder), "utf8");
const dump = gunzipSync(readFileSync(new URL("mixed-1.txt.gz", folder))).toString();
const scenario = parseScenario(text, "mixed-1.scn", 8);

describe("a lockstep comparison", () => {
  it("names the first field that differs, with its step and both states", () => {
    const lines = dump.split("\n");
    const at = lines.findIndex(
      (line) => line.startsWith(" cpu 3 ") && !line.includes("min_vruntime=1048576 "),
    );
    const wrong = lines.with(at, lines[at].replace(/min_vruntime=\d+/, "min_vruntime=7"));
    const { equal, difference, fieldsCompared } = compareScenario(
      "mixed-1",
      scenario,
      chip,
      wrong.join("\n"),
    );
    expect(equal).to.equal(false);
    expect(fieldsCompared).to.be.greaterThan(100);
    expect(difference).to.include({
      scenario: "mixed-1",
      object: "cpu 3",
      field: "min_vruntime",
      line: at + 1,
    });
    expect(difference!.expected).to.contain("min_vruntime=7 ");
    expect(difference!.actual).to.equal(lines[at]);
    const header = lines.slice(0, at).findLast((line) => line.startsWith("step "))!;
    expect(`step ${difference!.step} `).to.equal(`${header.split(" ", 2).join(" ")} `);
    expect(header).to.contain(` ${difference!.operation}`);
    expect(difference!.expectedStep).to.include(header);
    expect(difference!.actualStep).to.include(header);
  });

  it("names a decision that is missing and a line too many", () => {
    const lines = dump.trimEnd().split("\n");
    const at = lines.findIndex((line) => line.startsWith("  cmt"));
    const missing = compareDumps("x", lines.toSpliced(at, 1).join("\n"), lines);
    expect(missing.difference).to.include({ object: "cmt", actual: lines[at], line: at + 1 });
    expect(missing.difference!.actualStep[0]).to.equal(lines[at]);
    const short = compareDumps("x", lines.slice(0, -1).join("\n"), lines);
    expect(short.difference).to.include({ expected: null, actual: lines.at(-1), line: lines.length });
    expect(compareDumps("x", dump, lines).equal).to.equal(true);
    expect(compareDumps("x", "", []).equal).to.equal(true);
  });
});

describe("a lockstep run", () => {
  it("ends after the step with which the caller has had enough", () => {
    const lines: string[] = [];
    runScenario(
      scenario,
      chip,
      (line) => lines.push(line),
      () => lines.some((line) => line.startsWith("step 3 ")),
    );
    expect(lines.filter((line) => line.startsWith("step "))).to.have.length(5);
    expect(dump.startsWith(`${lines.join("\n")}\n`)).to.equal(true);
  });

  it("prints a line when, and only when, it says something else than before", () => {
    const last = new Map<string, string>();
    for (const line of dump.split("\n")) {
      const key = /^ (cpu|sd|task) \S+/.exec(line)?.[0];
      if (key === undefined) continue;
      expect(line).to.not.equal(last.get(key));
      last.set(key, line);
    }
    const everything: string[] = [];
    runScenario({ ...scenario, steps: [] }, chip, (line) => everything.push(line));
    expect(everything.filter((line) => /^ (cpu|sd|task) /.test(line))).to.have.length(last.size);
  });
});

/** Second arguments, of a number from 0 to 7, where they are not that number. */
const ARGUMENTS: Partial<Record<Operation, (b: number) => number>> = {
  affine: (b) => b + 1,
  policy: (b) => [0, 3, 5][b % 3],
  weight: (b) => 1 + 1000 * b,
  gidle: (b) => b % 2,
  quota: (b) => 1000 * b - 1,
  period: (b) => 5000 * b,
  burst: (b) => 1000 * b,
  fifo: (b) => b + 1,
  rr: (b) => b + 1,
};

describe("a scenario file", () => {
  const refused = (body: string, message: RegExp) =>
    expect(() => parseScenario(body, "bad.scn", 8)).to.throw(InputError, message);

  it("is refused with file and line where it is none", () => {
    refused("task 0 0\n12 jump 0 0\n", /bad\.scn:2: not a step; found "12 jump 0 0"; expected DT OP A B/);
    refused("task 0\n", /bad\.scn:1: not a task/);
    refused("task 20 0\n", /bad\.scn:1: no nice value; found "20"; expected -20 to 19/);
    refused("task 0 1\n", /bad\.scn:1: not a task; .*with policy 1 or 2: task NICE POLICY PRIORITY/);
    refused("task 0 2 100\n", /bad\.scn:1: no real-time priority; found "100"; expected 1 to 99/);
    refused("task 0 0 1\n", /bad\.scn:1: not a task/);
    refused("task 0 6\n", /bad\.scn:1: no policy/);
    refused("task 0 4\n", /bad\.scn:1: no fair policy/);
    refused("task 0 0\n1 tick 0 0\ntask 0 0\n", /bad\.scn:3: a task after the first step/);
    refused("task 0 0\n1 wake 1 0\n", /bad\.scn:2: no task; found "1"; expected 0 to 0/);
    refused("1 wake 0 0\n", /expected none: there are no tasks/);
    refused("task 0 0\n1 wake 0 8\n", /bad\.scn:2: no CPU; found "8"; expected 0 to 7/);
    refused("task 0 0\n-1 wake 0 0\n", /no time step; found "-1"/);
    refused("task 0 0\n1e3 wake 0 0\n", /no time step; found "1e3"/);
    refused("task 0 0\nchild\nnohz\n", /bad\.scn:3: not a step; found "nohz"/);
    refused("child 0 0\n", /not a task/);
    refused("task 0 0\n1 policy 0 1\n", /no fair policy/);
    refused("task 0 0\n1 fork 1 0\n", /no task/);
    refused("task 0 0\n1 exit 8 0\n", /no CPU/);
    refused("task 0 0\n1 affine 0 0\n", /no CPU mask; found "0"; expected 1 to 255/);
    refused("task 0 0\n1 affine 0 256\n", /no CPU mask/);
    refused("task 0 0\n1 nice 0 99\n", /no nice value/);
    refused("1 mkgroup 0 0\n", /bad\.scn:1: no group; found "0"; expected 1 to 64/);
    refused("1 mkgroup 1 65\n", /no group; found "65"; expected 0 to 64/);
    refused("1 rmgroup 65 0\n", /no group/);
    refused("1 weight 1 0\n", /no weight; found "0"; expected 1 to 10000/);
    refused("1 gidle 1 2\n", /no flag; found "2"; expected 0 to 1/);
    refused("1 quota 1 -2\n", /no quota \(us, -1 for none\); found "-2"/);
    refused("1 period 1 -1\n", /no time \(us\); found "-1"/);
    refused("1 burst 1 x\n", /no time \(us\); found "x"/);
    refused("1 attach 0 0\n", /no task/);
    refused("task 0 0\n1 attach 0 65\n", /no group/);
    refused("task 0 0\n1 fifo 0 0\n", /no real-time priority; found "0"; expected 1 to 99/);
    refused("task 0 0\n1 rr 1 9\n", /no task/);
    refused("task 0 0\n1 constructor 0 0\n", /not a step/);
    refused("4000000000000000 tick 0 0\n4000000000000000 tick 0 0\n", /:2: the clock runs too far/);
    refused(`task 0 0 ${"x".repeat(1e6)}\n`, /not a task/);
  });

  it("is refused in bounded time when it is noise or endless", () => {
    fc.assert(
      fc.property(fc.string({ size: "max", maxLength: 500, unit: "binary" }), (noise) => {
        try {
          parseScenario(noise, "noise.scn", 8);
        } catch (error) {
          expect(error).to.be.instanceOf(InputError);
        }
      }),
    );
    refused("task 0 0\n".repeat(100_001), /too many tasks/);
    const tasks = "task 0 0\n".repeat(90_000);
    refused(
      tasks + "1 tick 0 0\n".repeat(6000),
      /too many steps for its tasks and CPUs.*90000 tasks, 8 CPUs, 6000 steps/,
    );
    expect(parseScenario(tasks + "1 tick 0 0\n".repeat(5000), "x", 8).steps).to.have.length(5000);
    refused(
      `${tasks}1 mkgroup 1 0\n1 mkgroup 2 1\n1 mkgroup 1 0\n${"1 tick 0 0\n".repeat(5551)}`,
      /90000 tasks, 8 CPUs, 2 groups, 5554 steps"; expected \(tasks \+ 4 x CPUs \+ 2 x groups x CPUs\) x steps/,
    );
  });

  it("with groups and real-time tasks is read, and written as it was", () => {
    const body = [
      ...["task -3 1 50", "task 0 2 99", "task 4 3", "child"],
      ...[
        "0 mkgroup 64 0",
        "1 mkgroup 2 64",
        "2 weight 2 10000",
        "3 gidle 2 1",
        "4 quota 2 -1",
        "5 quota 2 1500",
      ],
      ...["6 period 2 1000000", "7 burst 2 0", "8 attach 2 2", "9 attach 2 0", "10 fifo 2 1", "11 rr 2 99"],
      ...["12 policy 2 5", "13 rmgroup 2 0", ""],
    ].join("\n");
    const parsed = parseScenario(body, "ok.scn", 8);
    expect(formatScenario(parsed)).to.equal(body);
    expect(parsed.tasks[0]).to.deep.equal({ nice: -3, policy: 1, priority: 50, child: false });
    expect(parsed.steps[4]).to.deep.equal({ dt: 4, op: "quota", a: 2, b: -1 });
  });

  it("may hold comments, blank lines and any operation, and runs to its end", () => {
    const line = fc
      .tuple(fc.nat(5_000_000), fc.constantFrom(...OPERATIONS), fc.nat(7), fc.nat(7))
      .map(([dt, op, a, b]) => {
        const first = GROUP_OPERATIONS.has(op) && op !== "attach" ? a + 1 : a;
        return `${dt} ${op} ${first} ${ARGUMENTS[op]?.(b) ?? b}`;
      });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.boolean(), (lines, nohz) => {
        const tasks = [...Array(6).fill("task 0 0"), "child", "child"];
        const body = ["# eight tasks", nohz ? "nohz" : "", ...tasks, ...lines, ""].join("\n");
        const parsed = parseScenario(body, "ok.scn", 8);
        expect(parsed.steps).to.have.length(lines.length);
        expect(parsed.nohz).to.equal(nohz);
        const headers: string[] = [];
        runScenario(parsed, chip, (text) => {
          if (text.startsWith("step ")) headers.push(text);
        });
        expect(headers).to.have.length(lines.length + 1);
        lines.forEach((l, i) => {
          expect(headers[i + 1]).to.contain(` ${l.split(" ").slice(1).join(" ")}`);
        });
      }),
    );
  });
});
