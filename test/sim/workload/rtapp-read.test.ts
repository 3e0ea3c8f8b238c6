import { expect } from "chai";
import fc from "fast-check";
import { MAX_EVENTS } from "../../../sim/workload/rtapp/budget.ts";
import { shortestRun } from "../../../sim/workload/rtapp/length.ts";
import { MAX_TEXT, parseRtApp } from "../../../sim/workload/rtapp/parse.ts";
import { readRtApp } from "../../../sim/workload/rtapp/read.ts";
import { rtAppWorkload } from "../../../sim/workload/rtapp/workload.ts";
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
    const fair = (policy: number, nice: number) => ({ policy, nice, rtPriority: 0 });
    expect(d.tasks[0]).to.deep.include({ scheduling: fair(3, -3), loop: 2 });
    expect(d.tasks[0].phases.map((p) => [p.loop, p.scheduling])).to.deep.equal([
      [5, fair(5, 0)],
      [1, fair(5, 4)],
    ]);
    expect(d.tasks[1]).to.deep.include({ scheduling: fair(0, 0), loop: -1 });
  });

  it("takes a priority for what the policy makes of it, whether the policy is the default, the task's or a phase's", () => {
    const schedulings = (text: string) =>
      read(text).tasks.map((t) => [t.scheduling, ...t.phases.map((p) => p.scheduling)]);
    const realTime = (policy: number, rtPriority: number) => ({ policy, nice: 0, rtPriority });
    const fair = (policy: number, nice: number) => ({ policy, nice, rtPriority: 0 });
    // The default policy is real-time: a priority alone is one of it, SCHED_OTHER starts over at nice 0.
    expect(
      schedulings(`{"global": {"default_policy": "SCHED_FIFO"}, "tasks": {
        "rt": {"priority": 7, "run": 1}, "plain": {"run": 1}, "oth": {"policy": "SCHED_OTHER", "run": 1}}}`),
    ).to.deep.equal([
      [realTime(1, 7), undefined],
      [realTime(1, 10), undefined],
      [fair(0, 0), undefined],
    ]);
    // In phases the policy that held before does: the task's, or that of an earlier phase.
    expect(
      schedulings(`{"tasks": {"a": {"policy": "SCHED_RR", "priority": 50, "phases": {
        "p": {"run": 1}, "q": {"priority": 10, "run": 1}, "r": {"policy": "SCHED_OTHER", "run": 1},
        "s": {"priority": 10, "run": 1}, "t": {"policy": "SCHED_BATCH", "run": 1},
        "u": {"policy": "SCHED_FIFO", "run": 1}, "v": {"priority": 99, "run": 1}}}}}`),
    ).to.deep.equal([
      [
        realTime(2, 50),
        undefined,
        realTime(2, 10),
        fair(0, 0),
        fair(0, 10),
        fair(3, 0),
        realTime(1, 10),
        realTime(1, 99),
      ],
    ]);
  });

  it("gives each task and phase the policy and priority that hold, whatever mixture of them", () => {
    const policy = fc.constantFrom("SCHED_FIFO", "SCHED_RR", "SCHED_OTHER", "SCHED_BATCH", "SCHED_IDLE");
    const step = fc.record({
      policy: fc.option(policy),
      priority: fc.option(fc.integer({ min: 1, max: 19 })),
    });
    fc.assert(
      fc.property(policy, fc.array(step, { minLength: 1, maxLength: 6 }), (initial, steps) => {
        const text = steps
          .map(({ policy, priority }, i) => {
            const p = policy === null ? "" : `"policy": "${policy}", `;
            return `"p${i}": {${p}${priority === null ? "" : `"priority": ${priority}, `}"run": 1}`;
          })
          .join(", ");
        const [task] = read(
          `{"global": {"default_policy": "${initial}"}, "tasks": {"a": {"phases": {${text}}}}}`,
        ).tasks;
        let realTime = initial === "SCHED_FIFO" || initial === "SCHED_RR";
        let now = task.scheduling;
        steps.forEach(({ policy, priority }, i) => {
          now = task.phases[i].scheduling ?? now;
          if (policy !== null) realTime = policy === "SCHED_FIFO" || policy === "SCHED_RR";
          expect(now.rtPriority > 0).to.equal(realTime);
          if (realTime && priority !== null) expect(now.rtPriority).to.equal(priority);
          else if (priority !== null) expect(now.nice).to.equal(priority);
          else if (policy !== null) expect(now.nice).to.equal(0);
        });
      }),
    );
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
    [
      "a path that is none",
      `{"tasks": {"a": {"run": 5,\n"taskgroup": "/../tg1"}}}`,
      /f\.json.*path of a group.*\.\.\/tg1/,
    ],
    [
      "a real-time priority under a fair policy",
      `{"tasks": {"a": {\n"priority": 50, "run": 1}}}`,
      /f\.json:2.*found "50".*-20\.\.19/,
    ],
    [
      "a nice value as a real-time priority",
      `{"tasks": {"a": {"policy": "SCHED_FIFO",\n"priority": 0, "run": 1}}}`,
      /f\.json:2.*found "0".*1\.\.99/,
    ],
    [
      "events without number",
      `{"tasks": {"a": {${'"run": 1, '.repeat(MAX_EVENTS)} "run": 1}}}`,
      /too many events.*500000/,
    ],
    [
      "a file that multiplies its events",
      `{"tasks": {"a": {"exec": 1, "lock_order": [${'"x", '.repeat(9000)}], "resources": {"x": {"access": [${'"m", '.repeat(9000)}]}}}}}`,
      /too many events/,
    ],
    [
      "more tasks than a simulation may have, before it makes them",
      `{"tasks": {"a": {"instance": 100000, "run": 1}, "b": {"instance": 100000, "run": 1}, "c": {"run": 1}}}`,
      /f\.json.*found 200001.*at most 200000/,
    ],
    [
      "more timers of their own than memory has room for",
      `{"tasks": {"a": {"instance": 90000, "loop": 1, ${Array.from({ length: 60 }, (_, i) => `"timer": {"ref": "unique${i}", "period": 0}`)}}}}`,
      /too many timers/,
    ],
    ["a fraction", `{"tasks": {"a": {"run": 1.5}}}`, /1\.5/],
    [
      "a run that is a number in quotes, saying that rt-app refuses it too",
      `{"tasks": {"a": {\n"run": "5"}}}`,
      /f\.json:2: a number in quotes, which rt-app refuses \(field run\); found "5"; expected an integer .*without quotes/,
    ],
    [
      "a negative number of instances",
      `{"tasks": {"a": {"instance": -1, "run": 1}}}`,
      /instance\); found "-1"/,
    ],
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

  it("goes on without resources that are no object, as rt-app does, and notes it", () => {
    const old = `"tasks": {"T1": {"exec": 2000, "period": 10000, "deadline": 10000}}, "global": {"duration": 1}`;
    const r = simulateIdeal(rtApp(`{"resources": 0, ${old}}`));
    expect(r.work.units).to.equal(100);
    expect(r.tasks[0].runNs).to.equal(200_000_000);
    expect(r.notes.join()).to.match(/test\.json:1: resources is no object \(found 0\)/);
    expect(read(`{"tasks": {"a": {"exec": 5, "resources": []}}}`).notes.list().join()).to.match(
      /found a list/,
    );
  });

  it("takes null for a key that is not there, as json-c does", () => {
    const plain = read(`{"tasks": {"a": {"run": 1}}}`);
    const nulls =
      read(`{"resources": null, "global": {"duration": null, "pi_enabled": null, "default_policy": null},
      "tasks": {"a": {"run": 1, "loop": null, "delay": null, "cpus": null, "instance": null, "phases": null,
        "policy": null, "priority": null, "taskgroup": null}}}`);
    expect(nulls.global).to.deep.equal(plain.global);
    expect(
      nulls.tasks.map(({ line: _, ...t }) => JSON.stringify(t).replace(/"line":\d+/g, "")),
    ).to.deep.equal(plain.tasks.map(({ line: _, ...t }) => JSON.stringify(t).replace(/"line":\d+/g, "")));
    expect(nulls.notes.list()).to.deep.equal([]);
  });

  it("takes negative times and sizes for endless, as rt-app does: the duration ends them", () => {
    const events: [string, boolean][] = [
      [`"run": -1`, true],
      [`"run": -2147483648`, true],
      [`"mem": -1`, true],
      [`"iorun": -1`, true],
      [`"memrun": {"type": "read", "size": 64, "count": -1}`, true],
      [`"memrun": {"type": "chase", "size": 64, "count": -1}`, true],
      [`"sleep": -1`, false],
      [`"timer": {"ref": "unique", "period": -1}`, false],
      [`"delay": -1, "run": 5`, false],
      [`"phases": {"p": {"loop": -7, "run": 1000}}`, true],
    ];
    for (const [event, busy] of events) {
      const text = `{"tasks": {"a": {"loop": 1, ${event}, ${event.includes("phases") ? "" : '"run": 1'}}}, "global": {"duration": 3}}`;
      const r = simulateIdeal(rtApp(text));
      expect(r.simulatedNs, event).to.equal(3e9);
      expect(r.tasks[0].runNs, event).to.equal(busy ? 3e9 : 0);
      expect(r.work.exited, event).to.equal(0);
      expect(shortestRun(read(text)), event).to.equal(Number.POSITIVE_INFINITY);
    }
    // runtime works 32 us before it looks at the clock, and finds that the time is over
    expect(simulateIdeal(rtApp(`{"tasks": {"a": {"loop": 1, "runtime": -1}}}`)).work.makespanNs).to.equal(
      32_000,
    );
    expect(read(`{"tasks": {"a": {"loop": -5, "phases": {"p": {"run": 1}}}}}`).tasks[0].loop).to.equal(-1);
    expect(read(`{"global": {"duration": -5}, "tasks": {"a": {"run": 1}}}`).global.durationNs).to.equal(-1);
  });

  it("runs an endless task beside one that the same CPU shares with it", () => {
    const r = simulateIdeal(
      rtApp(`{"tasks": {
        "other": {"cpus": [2], "policy": "SCHED_OTHER", "run": -1},
        "idle": {"cpus": [2], "policy": "SCHED_IDLE", "loop": 20, "run": 1,
          "timer": {"ref": "unique", "period": 16000, "mode": "absolute"}}}, "global": {"duration": 1}}`),
    );
    expect(r.simulatedNs).to.equal(1e9);
    expect(r.tasks.reduce((sum, t) => sum + t.runNs, 0)).to.equal(1e9);
  });

  it("takes integers beyond those of C for the largest one, with a note", () => {
    const { tasks, notes } = read(`{"tasks": {"a": {"loop": 5000000000, "run": 3155760000000000}}}`);
    expect(tasks[0].phases[0].loop).to.equal(2147483647);
    expect(tasks[0].phases[0].events[0]).to.include({ ns: 2147483647000 });
    expect(notes.list().join()).to.match(
      /f\.json:1: run 3155760000000000 counts as 2147483647, as in rt-app/,
    );
    const long = read(`{"global": {"duration": 86400}, "tasks": {"a": {"run": 1}}}`);
    expect(long.global.durationNs).to.equal(3600e9);
    expect(long.notes.list().join()).to.match(/86400 s, is cut to 3600 s/);
  });

  it("takes what rt-app's own reader lets pass: other timer modes, texts as CPUs, suspend with any value", () => {
    const d = read(
      `{"tasks": {"a": {"cpus": ["1", 0], "suspend": 5, "timer": {"ref": "t", "period": 5, "mode": "often", "comment": "x"}}}}`,
    );
    expect(d.tasks[0].cpus?.list).to.deep.equal([1, 0]);
    expect(d.tasks[0].phases[0].events).to.deep.equal([
      { kind: "suspend", line: 1, name: "a" },
      { kind: "timer", line: 1, name: "t", unique: false, absolute: false, ns: 5000 },
    ]);
    expect(d.notes.list().join()).to.match(/timer mode often counts as relative/);
  });

  it("notes what it ignores or approximates instead of dropping it silently", () => {
    const { notes, tasks } = read(`{"global": {"frobnicate": 1}, "extra": {},
      "tasks": {"a": {"policy": "SCHED_FIFO", "priority": 50, "run": 1, "util_min": 512, "nodes_membind": [0]}}}`);
    expect(notes.list().join("\n")).to.match(/frobnicate[\s\S]*extra|extra[\s\S]*frobnicate/);
    for (const word of ["frobnicate", "extra", "util_min", "nodes_membind"])
      expect(
        notes.list().some((n) => n.includes(word)),
        word,
      ).to.equal(true);
    expect(tasks[0].scheduling).to.deep.equal({ policy: 1, nice: 0, rtPriority: 50 });
  });

  it("names the file that is wrong when several are merged", () => {
    const good = { name: "one.json", text: `{"tasks": {"a": {"run": 5}}}` };
    const fork = { name: "two.json", text: `{"tasks": {"b": {\n"fork": "nobody", "run": 5}}}` };
    const cpus = {
      name: "two.json",
      text: `{"tasks": {"b": {\n"phases": {"p": {\n"cpus": [99], "run": 5}}}}}`,
    };
    expect(() => readRtApp([good, fork])).to.throw(InputError, /^two\.json:2: fork of a task/);
    expect(() => simulateIdeal(rtAppWorkload([good, cpus]))).to.throw(InputError, /^two\.json:3: a CPU/);
  });

  it("folds remarks of one kind, and lets no control character through", () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `"k\\u001b${i}": 1`);
    const list = read(`{"global": {${keys}}, "tasks": {"a": {"util_min": 5, "run": 1}}}`).notes.list();
    expect(list).to.have.length(6);
    expect(list[0]).to.equal("f.json:1: k\\x1b0 is not known and was ignored");
    expect(list[4]).to.equal("and 2996 more remarks of this kind");
    expect(list[5]).to.contain("util_min");
  });

  it("takes the root group by both its names", () => {
    for (const group of ["/", ""])
      expect(read(`{"tasks": {"a": {"taskgroup": "${group}", "run": 1}}}`).tasks).to.have.length(1);
  });

  it("knows the shortest time in which all tasks can end", () => {
    const shortest = (text: string) => Math.round(shortestRun(read(text)) / 1000);
    expect(
      shortest(`{"tasks": {"a": {"loop": 3, "run": 10, "sleep": 5}, "b": {"loop": 1, "run": 20}}}`),
    ).to.equal(45);
    expect(
      shortest(`{"tasks": {"a": {"loop": 2, "delay": 7, "phases": {"p": {"loop": 3, "run": 10}}}}}`),
    ).to.equal(67);
    expect(
      shortest(`{"tasks": {"a": {"loop": 1, "fork": "b"}, "b": {"instance": 0, "loop": 1, "run": 9}}}`),
    ).to.equal(9);
    for (const endless of [
      `"a": {"run": 10}`,
      `"a": {"loop": 1, "phases": {"p": {"loop": -1, "run": 1}}}`,
      `"a": {"loop": 1, "fork": "b"}, "b": {"instance": 0, "run": 9}`,
      "",
      `"a": {"instance": 0, "loop": 1, "run": 9}`,
      `"a": {"loop": 1, "fork": "b"}, "b": {"instance": 0, "loop": 1, "fork": "a"}`,
    ])
      expect(shortestRun(read(`{"tasks": {${endless}}}`)), endless).to.equal(Number.POSITIVE_INFINITY);
    expect(
      shortestRun(read(`{"tasks": {"b": {"instance": 0, "run": 9}, "a": {"loop": 1, "run": 1}}}`)),
    ).to.be.below(5000);
  });

  it("runs what ends to its end, and says where it cut what goes on for ever", () => {
    const ends = simulateIdeal(rtApp(`{"tasks": {"a": {"loop": 12, "run": 1000000}}}`));
    expect(ends.work).to.include({ makespanNs: 12_000_000_000, exited: 1 });
    expect(ends.notes).to.deep.equal([]);
    const endless = simulateIdeal(rtApp(`{"tasks": {"a": {"run": 1000000}, "b": {"loop": 1, "run": 1}}}`));
    expect(endless.simulatedNs).to.equal(10_000_000_000);
    expect(endless.notes.join()).to.match(/no duration was given: cut after 10 s, when 1 of 2 tasks/);
    const tooLong = simulateIdeal(rtApp(`{"tasks": {"a": {"loop": 3601, "sleep": 1000000}}}`));
    expect(tooLong.simulatedNs).to.equal(10_000_000_000);
    const wanted = simulateIdeal(rtApp(`{"global": {"duration": 1}, "tasks": {"a": {"run": 1000000}}}`));
    expect(wanted.simulatedNs).to.equal(1_000_000_000);
    expect(wanted.notes).to.deep.equal([]);
  });

  it("refuses texts above its limit at once", () => {
    const text = " ".repeat(MAX_TEXT + 1);
    const started = performance.now();
    expect(refusal(text).message).to.match(/too long/);
    expect(performance.now() - started).to.be.below(1000);
    const half = { name: "half.json", text: `{}${" ".repeat(MAX_TEXT / 2)}` };
    expect(() => readRtApp([half, half])).to.throw(
      InputError,
      /half\.json: the files are too long.*in 2 files/,
    );
  });
});
