import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { inputErrorText } from "../../../cli/input-error-text.ts";
import { UserCode } from "../../../cli/simulate/user-code.ts";
import { shownPath } from "../../../lab/files/shown-path.ts";
import { simulateFile } from "../../../lab/simulate-file.ts";
import { InputError, RequestError } from "../../../traces/input-error.ts";
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
  const simulated = (policy: string) =>
    simulateFile("convolution", {
      policy,
      supervise: (path, failure) => new UserCode(path, failure, 2000),
      durationNs: 5e9,
      seed: "3",
    });

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

  for (const operation of ["place", "rank", "control"])
    it(`with ${operation}() stands in the documentation, in 20 lines at most, and runs`, async () => {
      const path = join(ROOT, `examples/${operation}.ts`);
      const source = readFileSync(path, "utf8");
      const blocks = readFileSync(join(ROOT, "docs/policies.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g);
      expect([...blocks].filter(([, block]) => source.includes(block)).length).to.equal(1);
      expect(source.trim().split("\n").length).to.be.at.most(20);
      const { result } = await simulated(path);
      expect(result.policyCalls).to.be.greaterThan(0);
    });

  it("may have state and helpers of its own, and be of a class", async () => {
    const own = file(
      "own.mjs",
      `class Base { get placed() { throw new Error("nobody may read this"); } decide(q) { return this.plan(q); } }
       class Mine extends Base {
         name = "own"; #seen = 0; tasks = new Map(); lastMove = -1; rate = 2; idler = null; every = 3;
         plan(q) { this.lastMove = q.now; return this._place(); }
         _place() { this.#seen++; return 1; }
         decide2 = () => 1;
         reset() {}
       }
       export default () => new Mine();\n`,
    );
    expect((await simulated(own)).result.policy).to.equal("own");
  });

  it("may be plain JavaScript and changes what happens", async () => {
    const stay = file("stay.js", "export default () => ({ name: 'stay', decide: () => 0 });\n");
    const { result } = await simulated(stay);
    expect(result.decisions.cold).to.be.greaterThan(0);
    expect(result.detached.cold).to.equal(0);
    expect(result.migrations.balance).to.equal(0);
  });

  it("gets the values of the parameters that it declares from behind its name", async () => {
    const declared =
      "{ restNs: { value: 20, unit: 'ns', min: 0, max: 1e10, about: 'a rest' }, n: { value: 1, unit: '', min: 0, max: 9, about: 'a count' } }";
    const named = "({ parameters }) => ({ name: JSON.stringify(parameters), decide: () => 1 })";
    const module = file("set.mjs", `export const parameters = ${declared};\nexport default ${named};\n`);
    const common = file("set.cjs", `module.exports = ${named};\nmodule.exports.parameters = ${declared};\n`);
    for (const path of [module, common]) {
      expect((await simulated(path)).result.policy).to.equal('{"restNs":20,"n":1}');
      const { result, made } = await simulated(`${path}?restNs=5ms&n=3`);
      expect(result.policy).to.equal('{"restNs":5000000,"n":3}');
      expect(made.policy).to.match(/set\.[mc]js\?restNs=5ms&n=3$/);
    }
    const plain = file("unset.mjs", "export default () => ({ name: 'unset', decide: () => 1 });\n");
    for (const [text, message] of [
      [`${module}?rest=5`, /--policy needs a name out of restNs, n, found "rest"\. Did you mean restNs\?/],
      [`${module}?n=1.5`, /--policy n needs a whole number, found "1\.5"/],
      [`${module}?n=10`, /out of range \(field n\); found 10; expected an integer 0\.\.9/],
      [`${module}?restNs=5ms&`, /--policy needs name=value, found ""/],
      [`${plain}?n=1`, /--policy needs no parameters, as this policy declares none, found "n=1"/],
    ] as const) {
      const error = await simulated(text).catch((e) => e);
      expect(error, text).to.be.instanceOf(RequestError);
      expect(inputErrorText(error)).to.match(message);
    }
  });

  it("is the file named, whatever lies beside it", async () => {
    file("twin.ts", "export default () => ({ name: 'typed', decide: () => 1 });\n");
    const plain = file("twin.js", "export default () => ({ name: 'plain', decide: () => 1 });\n");
    expect((await simulated(plain)).result.policy).to.equal("plain");
  });

  it("in TypeScript that does not parse is told by file, line and fault, as one in JavaScript is", async () => {
    const path = file("slip.ts", "export default () => ({\n  decide(query { return 1; },\n});\n");
    const error = await simulated(path).catch((e) => e);
    expect(error).to.be.instanceOf(InputError);
    expect(error.message).to.match(
      /slip\.ts:2: the policy cannot be loaded: SyntaxError: Expected "\)" but found "\{"\. /,
    );
  });

  const bad: [string, string, RegExp][] = [
    ["without a default export", "export const x = 1;\n", /no factory.*default export/],
    ["that does not parse", "export default (;\n", /cannot be loaded/],
    ["without decide", "export default () => ({ name: 'x' });\n", /cannot decide/],
    [
      "with a factory of chip and random",
      "export default (chip, random) => ({ name: 'x', decide: () => 1 });\n",
      /older version, which gave it chip and random; expected .*\{ chip, random, now, tunables, parameters \}.*Write \(\{ chip, random \}\)/,
    ],
    [
      "with a factory that takes its host for the chip",
      "export default (chip) => ({ name: 'x', decide: () => chip.coreOf[0] });\n",
      /the factory gets a host, not the chip: host\.chip\.coreOf/,
    ],
    [
      "that controls without saying how often",
      "export default () => ({ name: 'x', control() {} });\n",
      /how often it controls \(field everyNs\); expected a whole number of ns, at least 1000000, beside control\(\)/,
    ],
    [
      "that says how often it controls in words",
      "export default () => ({ name: 'x', everyNs: '5ms', control() {} });\n",
      /\(field everyNs\); found "5ms"; expected a whole number/,
    ],
    [
      "that says how often without controlling",
      "export default () => ({ name: 'x', everyNs: {}, decide: () => 1 });\n",
      /\(field everyNs\); found an object; expected control\(\) beside it/,
    ],
    [
      "with an operation that is none",
      "export default () => ({ name: 'x', place: 5, decide: () => 1 });\n",
      /an operation of the policy is no function \(field place\); found 5\. /,
    ],
    [
      "with a misspelt operation beside a right one",
      "export default () => ({ name: 'x', decide() { return 1; }, palce() { return 0; }, everyMs: 5 });\n",
      /unknown operation palce\. Did you mean place\?/,
    ],
    [
      "with nothing but a misspelt operation",
      "export default () => ({ name: 'x', Decide: () => 1 });\n",
      /unknown operation Decide\. Did you mean decide\?/,
    ],
    [
      "of a class with a misspelt operation",
      "class Mine { decide() { return 1; } contorl() {} }\nexport default () => new Mine();\n",
      /unknown operation contorl\. Did you mean control\?/,
    ],
    [
      "that says how often it controls in another unit",
      "export default () => ({ name: 'x', control() {}, everyMs: 5 });\n",
      /unknown property everyMs\. Did you mean everyNs\?/,
    ],
    [
      "with a parameter that is none",
      "export const parameters = { a: { value: 5, unit: 'ns', min: 6, max: 9, about: 'x' } };\nexport default () => ({ decide: () => 1 });\n",
      /not declared as one \(field parameters\.a\); expected \{ value, unit: "ns", min, max, about \}/,
    ],
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
      /:3: the policy's decide\(\) failed at \d+\.\d{6} s: RangeError: boom/,
    ],
    [
      "that throws what cannot be read",
      "export default () => ({ decide() { throw new Proxy(class extends Error {}, { getPrototypeOf() { throw 1; } }); } });\n",
      /decide\(\) failed at \d+\.\d{6} s: an error that cannot be read/,
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
        /decide\(\) gave, at \d+\.\d{6} s, an answer that does not exist; found .+; expected 0 \(stay\), or 1 or 2/,
      ],
    ),
    [
      "whose place() fails",
      "export default () => ({\n place(q) {\n  return q.cpu(9).cpu;\n } });\n",
      /:3: the policy's place\(\) failed at 0\.000000 s: RangeError: there is no CPU 9/,
    ],
    [
      "whose place() does not come back",
      "export default () => ({ place() { for (;;); } });\n",
      /the policy does not come back/,
    ],
    ...["99", "8", "-1", "1.5", "'2'", "NaN", "undefined", "null", "[0]", "async () => 0"].map(
      (value): [string, string, RegExp] => [
        `that places on ${value}`,
        `export default () => ({ place: () => (${value}) });\n`,
        /place\(\) gave, at 0\.000000 s, an answer that does not exist; found .+; expected the number of a CPU, 0 to 7\. /,
      ],
    ),
    [
      "that writes to where it may place",
      "export default () => ({ place(q) {\n q.prevCpu = 3;\n return 0; } });\n",
      /:2: .*TypeError: Cannot set property prevCpu/,
    ],
    [
      "that writes to a CPU",
      "export default () => ({ place(q) {\n q.cpus[0].idle = true;\n return 0; } });\n",
      /:2: .*TypeError: Cannot set property idle/,
    ],
    [
      "that adds to a question",
      "export default () => ({ place(q) {\n q.over = 1;\n return 0; } });\n",
      /:2: .*TypeError: Cannot add property over/,
    ],
    [
      "whose rank() fails",
      "export default () => ({\n rank() {\n  null.x;\n } });\n",
      /:3: the policy's rank\(\) failed at \d+\.\d{6} s: TypeError: /,
    ],
    ...(
      [
        ["5", "5"],
        ["null", "null"],
        ["'ab'", '"ab"'],
        ["q.tasks[0]", "an object"],
        ["q.tasks[0].pid", "\\d+"],
        ["[q.tasks[0], q.tasks[0]]", "the task with pid \\d+ twice"],
        ["[{ ...q.tasks[0] }]", "an object"],
        ["[0]", "0"],
        ["[,]", "undefined"],
        ["[...q.tasks, q.tasks[0]]", "\\d+ of \\d+ tasks"],
        ["new Array(1e9)", "1000000000 of \\d+ tasks"],
        ["(async () => [])()", "a promise"],
      ] as const
    ).map(([value, found]): [string, string, RegExp] => [
      `that ranks ${value}`,
      `export default () => ({ rank: (q) => q.tasks.length > 1 ? ${value} : [] });\n`,
      new RegExp(
        `rank\\(\\) gave, at \\d+\\.\\d{6} s, an answer that does not exist; found ${found}; expected an array of tasks`,
      ),
    ]),
    [
      "whose order was revoked",
      "const { proxy, revoke } = Proxy.revocable([], {});\nrevoke();\nexport default () => ({ rank: () => proxy });\n",
      /rank\(\) failed at .*TypeError: Cannot perform 'IsArray' on a proxy that has been revoked/,
    ],
    [
      "that writes to a task it ranks",
      "export default () => ({ rank(q) {\n q.tasks[0].load = 0;\n return q.tasks; } });\n",
      /:2: .*TypeError: Cannot assign to read only property 'load'/,
    ],
    [
      "that sorts the query's own tasks",
      "export default () => ({ rank(q) {\n return q.tasks.sort(); } });\n",
      /:2: .*TypeError: Cannot assign to read only property '0'/,
    ],
    ...(
      [
        ["null", "found null"],
        ["{}", "found an object"],
        ["{ task: { ...q.waiting[0] }, cpu: q.idle[0].cpu }", "found an object"],
        ["{ task: q.waiting[0] }", "\\(field cpu\\); found undefined"],
        ["{ task: q.waiting[0], cpu: q.waiting[0].cpu }", "\\(field cpu\\); found \\d"],
        ["{ task: q.waiting[0], cpu: '0' }", '\\(field cpu\\); found "0"'],
      ] as const
    ).map(([value, found]): [string, string, RegExp] => [
      `that pulls ${value}`,
      `export default () => ({ pull: (q) => (${value}) });\n`,
      new RegExp(
        `pull\\(\\) gave, at \\d+\\.\\d{6} s, an answer that does not exist ?;? ?${found}; expected \\{ task, cpu \\} with a waiting task and an idle CPU of the query`,
      ),
    ]),
    [
      "whose control() fails",
      "export default () => ({ everyNs: 1e6, control(q) {\n  q.counters.nothing.x;\n } });\n",
      /:2: the policy's control\(\) failed at 0\.004000 s: TypeError: /,
    ],
    [
      "whose control() does not come back",
      "export default () => ({ everyNs: 1e6, control() { for (;;); } });\n",
      /the policy does not come back/,
    ],
    ...(
      [
        ["null", "found null; expected settings that are to change, or undefined"],
        ["5", "found 5; expected settings"],
        ["[]", "found an array; expected settings"],
        ["(async () => ({}))()", "found a promise; expected settings"],
        [
          "{ migrationCostNs: -5 }",
          "\\(field migrationCostNs\\); found -5; expected a whole number, -1 to 4294967294",
        ],
        ["{ migrationCostNs: 1.5 }", "\\(field migrationCostNs\\); found 1\\.5; expected a whole number"],
        ["{ latencyNs: '6ms' }", '\\(field latencyNs\\); found "6ms"; expected a whole number, 100000 to'],
        [
          "{ minGranularityNs: undefined }",
          "\\(field minGranularityNs\\); found undefined; expected a whole number",
        ],
        [
          "{ migrationCost: 5 }",
          "\\(field migrationCost\\); found a name that nothing has; expected one of latencyNs, ",
        ],
        ["{ hz: 100 }", "\\(field hz\\); found a name that nothing has"],
        ["{ cacheNiceTries: 3 }", "\\(field cacheNiceTries\\); found 3; expected values by level"],
        [
          "{ cacheNiceTries: { NUMA: 3 } }",
          "\\(field cacheNiceTries\\.NUMA\\); found a name that nothing has; expected one of SMT, MC",
        ],
        [
          "{ imbalancePct: { MC: 99 } }",
          "\\(field imbalancePct\\.MC\\); found 99; expected a whole number, 100 to 1000",
        ],
      ] as const
    ).map(([value, found]): [string, string, RegExp] => [
      `that sets ${value}`,
      `export default () => ({ everyNs: 1e6, control: () => (${value}) });\n`,
      new RegExp(`control\\(\\) gave, at 0\\.004000 s, an answer that does not exist ?;? ?${found}`),
    ]),
    [
      "that has something computed before the simulation begins",
      "export default (host) => {\n host.work(5, () => {});\n return { decide: () => 1 };\n};\n",
      /:2: the policy's factory failed: Error: host\.work\(\) cannot be called before the simulation begins\. /,
    ],
    ...(
      [
        ["-5, () => {}", "a whole number of ns, 0 to 3600000000000, found -5"],
        ["1e15, () => {}", "a whole number of ns, 0 to 3600000000000, found 1000000000000000"],
        ["5", "a function to call when it is done, found undefined"],
      ] as const
    ).map(([given, needs]): [string, string, RegExp] => [
      `that has work(${given}) computed`,
      `export default ({ work }) => ({ decide() {\n work(${given});\n return 1; } });\n`,
      new RegExp(
        `:2: the policy's decide\\(\\) failed at \\d+\\.\\d{6} s: TypeError: host\\.work\\(\\) needs ${needs}\\. `,
      ),
    ]),
    [
      "that has more computed than can be when something is done",
      "export default ({ work }) => ({ everyNs: 1e6, control() {\n work(5, () =>\n  work(-1, () => {})); } });\n",
      /:3: what the policy had computed failed at 0\.\d{6} s: TypeError: host\.work\(\) needs a whole number of ns, .* found -1\. /,
    ],
    [
      "that writes to the settings",
      "export default () => ({ everyNs: 1e6, control(q) {\n q.settings.latencyNs = 0;\n} });\n",
      /:2: .*TypeError: Cannot assign to read only property 'latencyNs'/,
    ],
    [
      "that calls process.exit()",
      "export default () => ({ decide() { process.exit(0); } });\n",
      /the policy calls process\.exit\(0\); expected .*may not end the program/,
    ],
    [
      "that calls process.exit() and catches what that throws",
      "export default () => ({ decide() { try { process.exit(); } catch {} return 1; } });\n",
      /the policy calls process\.exit\(\)/,
    ],
    ["that calls process.exit() when it is loaded", "process.exit(3);\n", /calls process\.exit\(3\)/],
    [
      "that calls process.abort() in its factory",
      "export default () => process.abort();\n",
      /calls process\.abort\(\)/,
    ],
    [
      "whose top level waits for ever",
      "setInterval(() => {}, 100).unref();\nawait new Promise(() => {});\n",
      /the policy is not loaded; found its top level took more than 2 s/,
    ],
    [
      "whose decide() does not come back",
      "export default () => ({ decide() { try { for (;;); } finally { for (;;); } } });\n",
      /the policy does not come back; found a turn of the simulation.* took more than 2 s/,
    ],
    ["whose factory does not come back", "export default () => { for (;;); };\n", /does not come back/],
    [
      "whose name has control characters",
      'export default () => ({ name: "a\\u001b[31m\\nb", decide: () => 1 });\n',
      /name cannot be shown \(field name\); found "a\\u001b\[31m\\nb"; expected at most 100 characters/,
    ],
    [
      "whose name turns the direction of writing",
      'export default () => ({ name: "a\\u202eb", decide: () => 1 });\n',
      /name cannot be shown \(field name\); found "a\\u202eb"/,
    ],
    [
      "whose name has no end",
      'export default () => ({ name: "x".repeat(1e7), decide: () => 1 });\n',
      /name cannot be shown/,
    ],
    [
      "whose name cannot be read",
      "export default () => ({\n get name() { throw new Error('getter'); }, decide: () => 1 });\n",
      /:2: the policy's name failed: Error: getter/,
    ],
    [
      "whose decide cannot be read",
      "export default () => ({\n get decide() { throw new Error('getter'); } });\n",
      /:2: the policy's factory failed: Error: getter/,
    ],
    [
      "whose verdict answers no question",
      "export default () => ({ decide: () => new Proxy({}, { getPrototypeOf() { throw 1; } }) });\n",
      /answer that does not exist; found something that cannot be read/,
    ],
    [
      "whose verdict was revoked",
      "const { proxy, revoke } = Proxy.revocable([], {});\nrevoke();\nexport default () => ({ decide: () => proxy });\n",
      /answer that does not exist; found something that cannot be read/,
    ],
    [
      "whose top level rejects",
      "\nawait Promise.reject(new Error('init'));\n",
      /:2: the policy cannot be loaded: Error: init/,
    ],
    [
      "that does not parse",
      "export default () => ({\n  decide() { return 1 +; },\n});\n",
      /:2: the policy cannot be loaded: SyntaxError: Unexpected token ';'/,
    ],
    [
      "that writes to the row",
      "export default () => ({ decide(q) {\n q.row.pid = 999;\n return 1; } });\n",
      /:2: .*TypeError: pid is read-only/,
    ],
    [
      "that writes to its host",
      "export default (host) => {\n host.now = () => 0;\n return { decide: () => 1 };\n};\n",
      /:2: .*TypeError: Cannot assign to read only property 'now'/,
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
    expect((await simulated(path)).result.policy).to.equal(shownPath(path));
  });

  it("may have any name that a file can have, and be a CommonJS module", async () => {
    for (const [name, text] of [
      ["a b#c%20d%zz.ts", "export default () => ({ name: 'odd' as string, decide: () => 1 });\n"],
      ["ü 100% #1.mjs", "export default () => ({ name: 'odd', decide: () => 1 });\n"],
      ["plain.cjs", "module.exports = () => ({ name: 'odd', decide: () => 1 });\n"],
      ["transpiled.cjs", "exports.default = () => ({ name: 'odd', decide: () => 1 });\n"],
    ])
      expect((await simulated(file(name, text))).result.policy, name).to.equal("odd");
  });

  it("may answer with a negative zero, and changes no exit code", async () => {
    const path = file("zero.mjs", "process.exitCode = 7;\nexport default () => ({ decide: () => -0 });\n");
    const before = process.exitCode;
    expect((await simulated(path)).result.detached.cold).to.equal(0);
    expect(process.exitCode).to.equal(before);
  });

  it("that does not exist is refused", async () => {
    const error = await simulated(join(directory, "nowhere.ts")).catch((e) => e);
    expect(error).to.be.instanceOf(InputError);
  });
});
