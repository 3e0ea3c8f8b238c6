import { expect } from "chai";
import fc from "fast-check";
import { MAX_TEXT, parseRtApp } from "../../../sim/workload/rtapp/parse.ts";
import { readRtApp } from "../../../sim/workload/rtapp/read.ts";
import { InputError } from "../../../traces/input-error.ts";
import { rtApp, simulateIdeal } from "../run/helpers.ts";

const read = (text: string) => readRtApp([{ name: "f.json", text }]);
const parse = (text: string) => parseRtApp(text, "f.json");

function refusal(text: string): InputError {
  try {
    const workload = rtApp(text, "f.json");
    simulateIdeal(workload, { durationNs: 1_000_000 });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe("rt-app reader", () => {
  it("takes comments of C and C++, trailing commas, keys without a value, True, and counts lines", () => {
    const root = parse(`// first
      { /* two
           lines */ "a" : 1, "b" : True, "suspend", 'c' : [1, 2,], "d" : "x\\n\\u0041",
        "a" : -2, // again
      }`);
    expect(root.entries.map((e) => [e.key, e.line, e.value.kind])).to.deep.equal([
      ["a", 3, "number"],
      ["b", 3, "boolean"],
      ["suspend", 3, "none"],
      ["c", 3, "array"],
      ["d", 3, "string"],
      ["a", 4, "number"],
    ]);
    expect(root.entries[4].value).to.include({ value: "x\nA" });
  });

  it("reads every JSON document as JSON.parse does", () => {
    const plain = (node: ReturnType<typeof parse>["entries"][number]["value"]): unknown => {
      switch (node.kind) {
        case "object":
          return Object.fromEntries(node.entries.map((e) => [e.key, plain(e.value)]));
        case "array":
          return node.items.map(plain);
        case "none":
          return null;
        default:
          return node.value;
      }
    };
    const leaf = fc.oneof(fc.integer(), fc.string({ maxLength: 5 }), fc.boolean(), fc.constant(null));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("tree"), { maxLength: 4 }), tie("object")),
      object: fc.dictionary(
        fc.string({ maxLength: 4 }).filter((k) => k !== "__proto__"),
        tie("tree"),
        { maxKeys: 4, noNullPrototype: true },
      ),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ maxLength: 3 }).filter((k) => k !== "__proto__"),
          tree,
          { noNullPrototype: true },
        ),
        (value) => {
          const text = JSON.stringify(value, null, 1);
          expect(plain(parse(text))).to.deep.equal(JSON.parse(text));
        },
      ),
    );
  });

  it("throws an InputError, and nothing else, whatever the text", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      '"tasks"',
      ":",
      ",",
      '"run"',
      "5",
      "//",
      "/*",
      "*/",
      "\n",
      "'",
      "\\",
      "true",
      "-",
      "1e9",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          read(pieces.join(""));
        } catch (error) {
          expect(error).to.be.instanceOf(InputError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("reads global, phases and scheduling", () => {
    const d =
      read(`{"global": {"duration": 7, "default_policy": "SCHED_BATCH", "pi_enabled": true, "io_device": "/dev/sdb", "mem_buffer_size": 4096},
      "tasks": {"a": {"priority": -3, "loop": 2, "phases": {"p": {"loop": 5, "policy": "SCHED_IDLE", "run": 1}, "q": {"nice": 4, "run": 2}}},
                "b": {"policy": "SCHED_OTHER", "run": 1}}}`);
    expect(d.global).to.include({
      durationNs: 7e9,
      piEnabled: true,
      nullDevice: false,
      memBufferBytes: 4096,
    });
    expect(d.tasks[0]).to.deep.include({ scheduling: { policy: 3, nice: -3 }, loop: 2 });
    expect(d.tasks[0].phases.map((p) => [p.loop, p.scheduling])).to.deep.equal([
      [5, { policy: 5 }],
      [1, { nice: 4 }],
    ]);
    expect(d.tasks[1]).to.deep.include({ scheduling: { policy: 0, nice: 0 }, loop: -1 });
  });

  it("reads the grammar of old rt-app files: exec, period, lock_order, resources", () => {
    const d = read(`{"tasks": {"a": {"exec": 5000, "period": 24000, "lock_order": ["r0", "w", "t"],
        "resources": {"r0": {"duration": 1000}, "w": {"duration": 0, "access": ["m"]}, "t": {"duration": 0}}}},
      "resources": {"m": {"type": "mutex"}, "w": {"type": "wait"}, "t": {"type": "signal", "target": "other"}, "r0": {"type": "run"}}}`);
    expect(d.tasks[0].phases[0].events.map(({ line: _, ...e }) => e)).to.deep.equal([
      { kind: "run", ns: 1_000_000 },
      { kind: "lock", name: "m" },
      { kind: "wait", name: "w", mutex: "m" },
      { kind: "unlock", name: "m" },
      { kind: "signal", name: "other" },
      { kind: "run", ns: 4_000_000 },
      { kind: "timer", name: "unique-period", unique: true, absolute: false, ns: 24_000_000 },
    ]);
  });

  const refused: [string, string, RegExp][] = [
    ["an unknown event", `{"tasks": {"a": {\n"rnu": 5}}}`, /f\.json:2.*rnu/],
    [
      "an unknown field beside phases",
      `{"tasks": {"a": {"run": 5,\n"phases": {"p": {"run": 1}}}}}`,
      /f\.json:1.*run/,
    ],
    [
      "SCHED_DEADLINE by name and line",
      `{"tasks": {"a": {\n\n"policy": "SCHED_DEADLINE", "run": 5}}}`,
      /f\.json:3.*SCHED_DEADLINE/,
    ],
    ["task groups", `{"tasks": {"a": {"run": 5,\n"taskgroup": "/tg1"}}}`, /f\.json:2.*taskgroup.*\/tg1/],
    ["a negative run", `{"tasks": {"a": {"run": -5}}}`, /f\.json:1.*-5/],
    ["a run of a century", `{"tasks": {"a": {"run": 3155760000000000}}}`, /3155760000000000/],
    ["a fraction", `{"tasks": {"a": {"run": 1.5}}}`, /1\.5/],
    ["a run that is a text", `{"tasks": {"a": {"run": "5"}}}`, /integer/],
    ["a nice value of 30", `{"tasks": {"a": {"nice": 300, "run": 1}}}`, /300/],
    [
      "a CPU that the chip does not have",
      `{"tasks": {"a": {\n"cpus": [99], "run": 1}}}`,
      /f\.json:2.*99.*0\.\.7/,
    ],
    ["no CPU at all", `{"tasks": {"a": {"cpus": [], "run": 1}}}`, /at least one CPU/],
    ["a fork of nobody", `{"tasks": {"a": {\n"fork": "b", "run": 1}}}`, /f\.json:2.*"b"/],
    ["a task without events", `{"tasks": {"a": {"loop": 1}}}`, /without events/],
    ["a wait without braces", `{"tasks": {"a": {"wait": "c"}}}`, /object/],
    [
      "a timer of unknown mode",
      `{"tasks": {"a": {"timer": {"ref": "t", "period": 5, "mode": "often"}}}}`,
      /often/,
    ],
    ["a billion instances", `{"tasks": {"a": {"instance": 1000000000, "run": 1}}}`, /1000000000/],
    ["something that is no object", `[1]`, /object/],
    ["an unfinished file", `{"tasks": {"a": {"run": 5}`, /end of the file/],
    ["deep nesting", "[".repeat(100_000), /object|levels/],
    ["deep nesting in a task", `{"tasks": ${"[".repeat(100_000)}`, /levels/],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what}`, () => {
      expect(refusal(text).message).to.match(message);
    });
  }

  it("notes what it ignores or approximates instead of dropping it silently", () => {
    const { notes, tasks } = read(`{"global": {"frobnicate": 1}, "extra": {},
      "tasks": {"a": {"policy": "SCHED_FIFO", "priority": 50, "run": 1, "util_min": 512, "nodes_membind": [0]}}}`);
    expect(notes.join("\n")).to.match(/frobnicate[\s\S]*extra[\s\S]*SCHED_FIFO[\s\S]*|extra/);
    for (const word of ["frobnicate", "extra", "SCHED_FIFO", "util_min", "nodes_membind"])
      expect(
        notes.some((n) => n.includes(word)),
        word,
      ).to.equal(true);
    expect(tasks[0].scheduling).to.deep.equal({ policy: 0, nice: -20 });
  });

  it("refuses texts above its limit at once", () => {
    const text = " ".repeat(MAX_TEXT + 1);
    const started = performance.now();
    expect(refusal(text).message).to.match(/too long/);
    expect(performance.now() - started).to.be.below(1000);
  });
});
