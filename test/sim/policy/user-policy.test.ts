import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { simulateFile } from "../../../cli/simulate-file.ts";
import { InputError } from "../../../traces/input-error.ts";
import { NUMERIC_NAMES, TEXT_NAMES } from "../../../traces/schema.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

const example = readFileSync(join(ROOT, "examples/policy.ts"), "utf8");

describe("a user's policy", () => {
  let directory: string;
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const simulated = (policy: string) => simulateFile("convolution", { policy, durationNs: 5e9, seed: "3" });

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "policy-"));
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), '{"type": "module"}');
  });
  after(() => rmSync(directory, { recursive: true }));

  it("of about 20 lines stands in the documentation, and runs", async () => {
    const doc = readFileSync(join(ROOT, "docs/policies.md"), "utf8");
    expect(/```ts\n([\s\S]*?)```/.exec(doc)![1]).to.equal(example);
    expect(example.trim().split("\n").length).to.be.within(15, 25);
    const { result, records } = await simulated(file("mine.ts", example));
    expect(result.policy).to.equal("patient");
    expect(result.policyCalls).to.be.within(1, records);
    expect(result.decisions.cold).to.be.greaterThan(0);
  });

  it("may be plain JavaScript and changes what happens", async () => {
    const stay = file("stay.js", "export default () => ({ name: 'stay', decide: () => 0 });\n");
    const { result } = await simulated(stay);
    expect(result.decisions.cold).to.be.greaterThan(0);
    expect(result.detached.cold).to.equal(0);
    expect(result.migrations.balance).to.equal(0);
  });

  it("is the file named, whatever lies beside it", async () => {
    file("twin.ts", "export default () => ({ name: 'typed', decide: () => 1 });\n");
    const plain = file("twin.js", "export default () => ({ name: 'plain', decide: () => 1 });\n");
    expect((await simulated(plain)).result.policy).to.equal("plain");
  });

  const bad: [string, string, RegExp][] = [
    ["without a default export", "export const x = 1;\n", /no factory.*default export/],
    ["that does not parse", "export default (;\n", /cannot be loaded/],
    ["without decide", "export default () => ({ name: 'x' });\n", /cannot decide/],
    [
      "with verdicts that do not exist",
      "export default () => ({ name: 'x', decide: () => 7 });\n",
      /found 7.*0 \(stay\)/,
    ],
  ];
  for (const [what, text, message] of bad) {
    it(`${what} is refused with the file's name`, async () => {
      const path = file(`bad${bad.findIndex((b) => b[0] === what)}.mjs`, text);
      const error = await simulated(path).catch((e) => e);
      expect(error).to.be.instanceOf(InputError);
      expect(error.message).to.match(message).and.contain(path);
    });
  }

  const failures: [string, string, RegExp][] = [
    [
      "whose module fails",
      "\nthrow new Error('at load');\n",
      /:2: the policy cannot be loaded: Error: at load/,
    ],
    [
      "whose factory fails",
      "export default () => {\n throw new Error('boom');\n};\n",
      /:2: .*factory failed: Error: boom/,
    ],
    ["whose factory throws nothing", "export default () => { throw undefined; };\n", /undefined was thrown/],
    [
      "that is a class",
      "export default class { decide() { return 1; } }\n",
      /factory failed: TypeError: Class/,
    ],
    [
      "whose factory is async",
      "export default async () => { throw new Error('late'); };\n",
      /cannot decide; found a promise/,
    ],
    ["whose factory makes nothing", "export default () => null;\n", /cannot decide; found null/],
    [
      "whose decide() fails",
      "export default () => ({\n decide() {\n  throw new RangeError('boom');\n },\n});\n",
      /:3: the policy's decide\(\) failed: RangeError: boom/,
    ],
    [
      "that throws what cannot be read",
      "export default () => ({ decide() { throw new Proxy(class extends Error {}, { getPrototypeOf() { throw 1; } }); } });\n",
      /decide\(\) failed: an error that cannot be read/,
    ],
    [
      "whose decide() is async",
      "export default () => ({ async decide() { throw new Error('late'); } });\n",
      /found a promise/,
    ],
    ...["'1'", "Number.NaN", "undefined", "null", "true", "1n", "[1]", "({})", "() => 1"].map(
      (value): [string, string, RegExp] => [
        `that says ${value}`,
        `export default () => ({ decide: () => (${value}) });\n`,
        /decide\(\) gave a verdict that does not exist; found .+; expected 0 \(stay\), or 1 or 2/,
      ],
    ),
    [
      "that writes to the row",
      "export default () => ({ decide(q) {\n q.row.pid = 999;\n return 1; } });\n",
      /:2: .*TypeError: pid is read-only/,
    ],
    [
      "that writes to the query",
      "export default () => ({ decide(q) {\n q.hot = false;\n return 1; } });\n",
      /:2: .*TypeError: hot is read-only/,
    ],
  ];
  for (const [i, [what, text, message]] of failures.entries()) {
    it(`${what} is an error of its file`, async () => {
      const path = file(`failing${i}.mjs`, text);
      const error = await simulated(path).catch((e) => e);
      expect(error).to.be.instanceOf(InputError);
      expect(error.message).to.match(message).and.contain(path);
    });
  }

  it("may say 1 or 2 for a move: what is recorded is whether the task was hot", async () => {
    const policy = (name: string, verdict: string) =>
      file(`${name}.js`, `export default () => ({ name: "same", decide: (q) => ${verdict} });\n`);
    const [one, two, right] = await Promise.all(
      [policy("one", "1"), policy("two", "2"), policy("right", "q.hot && !q.activeBalance ? 2 : 1")].map(
        (path) => simulateFile("convolution", { policy: path, durationNs: 20e9, seed: "1" }),
      ),
    );
    expect(right.result.decisions.forced, "hot tasks").to.be.greaterThan(0);
    expect(right.result.decisions.cold, "cold tasks").to.be.greaterThan(0);
    for (const other of [one, two]) {
      expect(other.traceSha256).to.equal(right.traceSha256);
      expect(other.result.schedstat).to.deep.equal(right.result.schedstat);
    }
  });

  it("sees every column, and may copy the row", async () => {
    const seen = file(
      "seen.mjs",
      `export const rows = [];
       export default () => ({ decide(q) { rows.push({ now: q.now, ...q.row }); return 1; } });\n`,
    );
    const { result, records } = await simulated(seen);
    const { rows } = await import(seen);
    expect(rows.length).to.equal(result.policyCalls).and.be.within(1, records);
    expect(Object.keys(rows[0])).to.include.members([...NUMERIC_NAMES, ...TEXT_NAMES]);
    for (const row of rows) expect(row.now).to.equal(row.ts);
    expect(new Set(rows.map((row: { pid: number }) => row.pid)).size).to.be.greaterThan(1);
  });

  it("has the name of its file when it gives none that is text", async () => {
    const path = file("nameless.mjs", "export default () => ({ name: 5, decide: () => 1 });\n");
    expect((await simulated(path)).result.policy).to.equal(path);
  });

  it("that does not exist is refused", async () => {
    const error = await simulated(join(directory, "nowhere.ts")).catch((e) => e);
    expect(error).to.be.instanceOf(InputError);
  });
});
