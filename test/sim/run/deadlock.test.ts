import { expect } from "chai";
import fc from "fast-check";
import { regularTopology } from "../../../sim/chip/topology-presets.ts";
import { Barrier, Channel, Condition, Mutex } from "../../../sim/workload/resources.ts";
import * as S from "../../../sim/workload/script.ts";
import { InputError } from "../../../traces/input-error.ts";
import { MS, rtApp, simulateIdeal, task, workload } from "./helpers.ts";

function failure(run: () => unknown): string {
  const started = performance.now();
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(InputError);
    expect(performance.now() - started, "ms until the error").to.be.below(20_000);
    return (error as InputError).message;
  }
  throw new Error("no error");
}

describe("task graphs that cannot end", () => {
  it("reports a cycle of mutexes with every task and mutex of it", () => {
    const text = failure(() =>
      simulateIdeal(
        rtApp(`{"tasks": {
          "ann": {"lock": "x", "run": 1000, "lock": "y", "run": 1, "unlock": "y", "unlock": "x"},
          "bob": {"lock": "y", "run": 1000, "lock": "z", "run": 1, "unlock": "z", "unlock": "y"},
          "cat": {"lock": "z", "run": 1000, "lock": "x", "run": 1, "unlock": "x", "unlock": "z"}}}`),
      ),
    );
    expect(text).to.match(/deadlock/);
    for (const name of ["ann[1]", "bob[2]", "cat[3]", 'mutex "x"', 'mutex "y"', 'mutex "z"'])
      expect(text).to.contain(name);
    expect(text).to.contain("→");
  });

  it("finds the cycle in any ring of dining philosophers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), (n) => {
        const text = failure(() =>
          simulateIdeal(
            workload(({ spawn }) => {
              const forks = Array.from({ length: n }, (_, i) => new Mutex(`fork${i}`));
              for (let i = 0; i < n; i++)
                spawn(
                  task(`p${i}`, [
                    S.forever(S.lock(forks[i]), S.run(MS), S.lock(forks[(i + 1) % n]), S.run(1)),
                  ]),
                );
            }),
            { topology: regularTopology("table", n, 1, n, n) },
          ),
        );
        for (let i = 0; i < n; i++) expect(text).to.contain(`"fork${i}"`);
      }),
      { numRuns: 11 },
    );
  });

  it("reports a task that locks what it holds", () => {
    expect(
      failure(() => simulateIdeal(rtApp(`{"tasks": {"a": {"lock": "m", "run": 1, "lock": "m"}}}`))),
    ).to.match(/holds already.*a\[1\] → mutex "m" → a\[1\]/);
  });

  it("reports tasks that all wait for each other, with the cycle, and one that waits for itself", () => {
    expect(
      failure(() =>
        simulateIdeal(
          rtApp(
            `{"tasks": {"a": {"suspend": "a", "run": 1, "resume": "b"}, "b": {"suspend": "b", "run": 1, "resume": "a"}}}`,
          ),
        ),
      ),
    ).to.match(/deadlock.*cycle: a\[1\] → condition "a" → b\[2\] → condition "b" → a\[1\]/);
    expect(
      failure(() => simulateIdeal(rtApp(`{"tasks": {"a": {"suspend", "resume": "a", "run": 1}}}`))),
    ).to.match(/cycle: a\[1\] → condition "a" → a\[1\]/);
  });

  it("reports a pipe that nobody fills and a barrier that nobody else comes to", () => {
    const stuck = workload(({ spawn }) => {
      spawn(task("reader", [S.receive(new Channel("pipe", 1, true))]));
      spawn(task("alone", [S.barrier(new Barrier("meeting", 2))]));
      spawn(task("patient", [S.wait(new Condition("sign"), new Mutex("m"))]));
    });
    expect(failure(() => simulateIdeal(stuck))).to.match(
      /channel \(empty\) "pipe".*barrier "meeting".*condition "sign"/,
    );
  });

  const spinners: [string, string][] = [
    ["a loop of nothing but zero-length runs", `{"tasks": {"a": {"run": 0}}}`],
    ["a loop of locking and unlocking", `{"tasks": {"a": {"lock": "m", "unlock": "m"}}}`],
    ["a loop of sleeps of no length", `{"tasks": {"a": {"sleep": 0, "timer": {"ref": "t", "period": 0}}}}`],
    ["a loop of yields that cost nothing", `{"tasks": {"a": {"yield": ""}, "b": {"yield": ""}}}`],
    ["a loop of signals", `{"tasks": {"a": {"signal": "c"}, "b": {"run": 10}}}`],
  ];
  for (const [what, text] of spinners) {
    it(`reports ${what}, with its file and line`, () => {
      expect(failure(() => simulateIdeal(rtApp(text, "spin.json")))).to.match(
        /spin\.json:1: task [ab] .*for ever/,
      );
    });
  }

  it("reports a script's endless loop around nothing, by the task's name", () => {
    const empty = workload(({ spawn }) => spawn(task("hollow", [S.forever(S.loop(0, S.run(5)))])));
    expect(failure(() => simulateIdeal(empty))).to.match(/task hollow goes round for ever/);
  });

  it("reports two tasks that wake each other without time passing", () => {
    expect(
      failure(() =>
        simulateIdeal(
          workload(({ spawn }) => {
            const there = new Channel("there", 1, true);
            const back = new Channel("back", 1, true);
            spawn(task("ping", [S.forever(S.send(there), S.receive(back))]));
            spawn(task("pong", [S.forever(S.receive(there), S.send(back))]));
          }),
        ),
      ),
    ).to.match(/clock does not move.*|for ever/);
  });

  it("lets the same two go on where their system calls cost time", () => {
    const r = simulateIdeal(rtApp(`{"tasks": {"a": {"yield": ""}, "b": {"yield": ""}}}`), {
      durationNs: MS,
      hardware: {},
    });
    expect(r.simulatedNs).to.equal(MS);
  });

  it("stops a fork bomb", () => {
    expect(
      failure(() =>
        simulateIdeal(rtApp(`{"tasks": {"a": {"fork": "a", "run": 10, "sleep": 1000}}}`), {
          maxTasks: 2000,
          durationNs: 1000 * MS,
        }),
      ),
    ).to.match(/too many tasks/);
  });

  it("refuses durations that are no times", () => {
    for (const durationNs of [0, -1, 1.5, Number.NaN, Infinity, 3_600_000_000_001])
      expect(failure(() => simulateIdeal(rtApp(`{"tasks": {"a": {"run": 5}}}`), { durationNs }))).to.match(
        /duration/,
      );
  });
});
