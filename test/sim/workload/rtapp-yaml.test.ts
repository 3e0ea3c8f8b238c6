import { expect } from "chai";
import fc from "fast-check";
import { looksLikeYaml, parseYaml } from "../../../sim/workload/rtapp/parse-yaml.ts";
import { readRtApp } from "../../../sim/workload/rtapp/read.ts";
import { rtAppWorkload } from "../../../sim/workload/rtapp/workload.ts";
import { InputError } from "../../../traces/input-error.ts";
import { simulateIdeal } from "../run/helpers.ts";

const read = (text: string, name = "app.yaml") => readRtApp([{ name, text }]);
/** What was understood, whichever line it stood on. */
const meant = (text: string, name: string) => {
  const { tasks, global } = read(text, name);
  return JSON.parse(
    JSON.stringify({ tasks, global }, (key, value) => (key === "line" || key === "file" ? 0 : value)),
  );
};

const JSON_TEXT = `{
  "global": {"duration": 2, "default_policy": "SCHED_OTHER", "pi_enabled": true},
  "tasks": {
    "alpha": {"instance": 2, "cpus": [0, 1], "loop": 3, "run": 100, "sleep": 50, "run": 200, "suspend": null,
      "timer": {"ref": "unique", "period": 16000, "mode": "absolute"}},
    "beta": {"priority": -5, "phases": {
      "p": {"loop": -1, "run": 10, "lock": "m", "run": 20, "unlock": "m"},
      "q": {"wait": {"ref": "c", "mutex": "m"}, "run": 5}}}}}`;

const YAML_TEXT = `# the same
global:
  duration: 2
  default_policy: SCHED_OTHER
  pi_enabled: true
tasks:
  alpha:
    instance: 2
    cpus: [0, 1]
    loop: 3
    run: 100
    sleep: 50
    run: 200        # a key again, in its place
    suspend:
    timer: {ref: unique, period: 16000, mode: absolute}
  beta:
    priority: -5
    phases:
      p: {loop: -1, run: 10, lock: m, run: 20, unlock: m}
      q:
        wait:
          ref: c
          mutex: m
        run: 5
`;

describe("rt-app files in YAML", () => {
  it("mean what the same in JSON means, repeated keys in their order", () => {
    expect(meant(YAML_TEXT, "app.yaml")).to.deep.equal(meant(JSON_TEXT, "app.json"));
    expect(meant(YAML_TEXT, "app.txt"), "known by its content").to.deep.equal(meant(JSON_TEXT, "app.json"));
    expect(meant(JSON_TEXT, "app.yml"), "JSON is YAML").to.deep.equal(meant(JSON_TEXT, "app.json"));
    const {
      timeline: _,
      workload: __,
      ...one
    } = simulateIdeal(rtAppWorkload([{ name: "a", text: YAML_TEXT }]), { seed: "1" });
    const {
      timeline: ___,
      workload: ____,
      ...two
    } = simulateIdeal(rtAppWorkload([{ name: "b", text: JSON_TEXT }]), { seed: "1" });
    expect(one).to.deep.equal(two);
  });

  it("are told from JSON by name or by how they begin", () => {
    for (const text of [
      YAML_TEXT,
      "---\ntasks: {}",
      "%YAML 1.2\n---\na: 1",
      "tasks:\n",
      '"tasks" : {}',
      "\n\n# x\n\ntasks:\n",
    ])
      expect(looksLikeYaml(text, "app"), text).to.equal(true);
    for (const text of [JSON_TEXT, "// x\n{}", "/* a: b */ {}", " {", "[1]", "", "tasks"])
      expect(looksLikeYaml(text, "app.json"), text).to.equal(false);
    expect(looksLikeYaml("{}", "x.YML")).to.equal(true);
  });

  it("may name parts and use them again: anchors, aliases and merge keys", () => {
    const text = `
x-common: &common {loop: 2, run: 10}
tasks:
  a: &a
    <<: *common
    sleep: 5
    run: 20
  b: *a
  c:
    <<: [{sleep: 1}, *common]
    loop: 7
`;
    const { tasks, notes } = read(text);
    expect(tasks[0].phases[0].events.map((e) => [e.kind, (e as { ns?: number }).ns])).to.deep.equal([
      ["sleep", 5000],
      ["run", 20_000],
    ]);
    expect(tasks.map((t) => [t.name, t.phases[0].loop])).to.deep.equal([
      ["a", 2],
      ["b", 2],
      ["c", 7],
    ]);
    expect(tasks[1].phases[0].events).to.have.length(2);
    expect(tasks[2].phases[0].events.map((e) => e.kind)).to.deep.equal(["sleep", "run"]);
    expect(notes.list().join()).to.match(/app\.yaml:2: x-common is not known/);
  });

  const refused: [string, string, RegExp][] = [
    [
      "an unknown event, by line",
      "tasks:\n  a:\n    rnu: 5\n",
      /app\.yaml:3: unknown event or field \(field rnu\)/,
    ],
    ["a tab", "tasks:\n\ta: 1\n", /app\.yaml:2: not YAML; found "Tabs are not allowed/],
    ["a text without its end", 'tasks:\n  a:\n    suspend: "x\n', /app\.yaml:\d: not YAML/],
    ["a list", "- a\n- b\n", /app\.yaml:1: .*expected tasks and global as keys/],
    ["a key that is a list", "tasks:\n  ? [a]\n  : 1\n", /app\.yaml:2: .*expected a name as key/],
    [
      "an alias of nothing",
      "tasks:\n  a: *b\n",
      /app\.yaml:2: .*found "\*b"; expected an alias of an anchor before it/,
    ],
    ["an alias of itself", "tasks: &t\n  a: *t\n", /at most 32 levels/],
    ["two documents", "tasks: {}\n---\ntasks: {}\n", /app\.yaml:2: not YAML; found "a second document"/],
    ["brackets without end", "[".repeat(100_000), /at most 32 levels/],
    [
      "more than two megabytes",
      `tasks: {}\n${"#".repeat(2 ** 21)}`,
      /too long for an rt-app workload in YAML/,
    ],
    [
      "a number in quotes",
      'tasks:\n  a:\n    run: "5"\n',
      /app\.yaml:3: a number in quotes, which rt-app refuses/,
    ],
    [
      "aliases of aliases of aliases",
      [
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
        ..."bcdefg"
          .split("")
          .map((c, i) => `${c}: &${c} [${new Array(10).fill(`*${"abcdef"[i]}`).join(", ")}]`),
      ].join("\n"),
      /at most 1000000 values, aliases counted each time/,
    ],
  ];
  for (const [what, text, message] of refused)
    it(`are refused with ${what}`, () => {
      expect(() => read(text)).to.throw(InputError, message);
    });

  it("are never answered with anything but an InputError", () => {
    const piece = fc.constantFrom(
      "tasks:",
      "\n",
      "  ",
      "a:",
      " run: 5",
      "- ",
      "*x",
      "&x ",
      "<<: ",
      "[",
      "]",
      "{",
      "}",
      "'",
      '"',
      "#",
      "!!str ",
      "|\n",
      ">",
      "? ",
      "---\n",
      "\t",
      ": ",
      ",",
      "~",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          parseYaml(pieces.join(""), "x.yaml");
          read(pieces.join(""));
        } catch (error) {
          expect(error).to.be.instanceOf(InputError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
