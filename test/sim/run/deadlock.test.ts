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
    for (const name of ["ann-0[1]", "bob-1[2]", "cat-2[3]", 'mutex "x"', 'mutex "y"', 'mutex "z"'])
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
    ).to.match(/holds already.*a-0\[1\] → mutex "m" → a-0\[1\]/);
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
    ).to.match(/deadlock.*cycle: a-0\[1\] → condition "a" → b-1\[2\] → condition "b" → a-0\[1\]/);
    expect(
      failure(() => simulateIdeal(rtApp(`{"tasks": {"a": {"suspend", "resume": "a", "run": 1}}}`))),
    ).to.match(/cycle: a-0\[1\] → condition "a" → a-0\[1\]/);
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

  it("names no cycle where none is: tasks that nobody resumes", () => {
    const text = failure(() =>
      simulateIdeal(rtApp(`{"tasks": {"a": {"suspend": "x", "loop": 1}, "b": {"suspend": "y", "loop": 1}}}`)),
    );
    expect(text).to.match(
      /no task can go on.*a-0\[1\] → condition "x", and no task signals or resumes it, b-1\[2\] → condition "y"/,
    );
    expect(text).to.not.contain("cycle");
  });

  it("reports tasks that wait for each other although another task has ended", () => {
    expect(
      failure(() =>
        simulateIdeal(
          rtApp(`{"tasks": {"c": {"run": 5, "loop": 1},
            "a": {"sem_wait": "x", "sem_post": "y", "loop": 1}, "b": {"sem_wait": "y", "sem_post": "x", "loop": 1}}}`),
        ),
      ),
    ).to.match(/2 of 3 tasks.*cycle: a-1\[2\] → semaphore "x" → b-2\[3\] → semaphore "y" → a-1\[2\]/);
  });

  const orphan = `"a": {"lock": "m", "run": 1000, "loop": 1}, "b": {"delay": 10, "lock": "m", "run": 10, "unlock": "m", "loop": 1}`;
  it("reports a mutex whose owner has ended, whether others go on or not", () => {
    for (const more of ["", `, "c": {"run": 1000, "sleep": 1000}`]) {
      expect(failure(() => simulateIdeal(rtApp(`{"tasks": {${orphan}${more}}}`)))).to.match(
        /deadlock after.*1 of [23] tasks.*b-1\[2\] → mutex "m" → a-0\[1\], which has ended with it locked/,
      );
    }
  });

  it("reports a deadlock beside tasks that go on long before a long run is over", () => {
    const text = failure(() =>
      simulateIdeal(rtApp(`{"tasks": {${orphan}, "c": {"run": 1000, "sleep": 1000}}}`), {
        durationNs: 3600 * 1000 * MS,
      }),
    );
    expect(Number(/after (\d+) ns/.exec(text)![1])).to.be.below(200 * MS);
  });

  it("remarks, and goes on, where tasks outlive those they work for", () => {
    const r = simulateIdeal(
      workload(({ spawn }) => {
        const jobs = new Channel("jobs", 4, false);
        const finished = new Condition("finished");
        const mutex = new Mutex("m");
        spawn(task("producer", [S.loop(5, S.run(MS), S.send(jobs))]));
        for (let i = 0; i < 2; i++)
          spawn(task(`worker${i}`, [S.forever(S.receive(jobs), S.run(MS), S.signal(finished))]));
        // Waits for the workers, who wait for the producer.
        spawn(task("reader", [S.forever(S.lock(mutex), S.wait(finished, mutex), S.unlock(mutex))]));
      }),
    );
    expect(r.work.exited).to.equal(1);
    expect(r.notes).to.have.length(1);
    expect(r.notes[0]).to.match(
      /^3 tasks still waited when all others had ended.*worker0\[2\] → channel \(empty\) "jobs", and whoever sends to it has ended, worker1.*; 1 wait for these$/,
    );
  });

  it("remarks on tasks that wait for ever beside others that go on to the end of the run", () => {
    const r = simulateIdeal(
      rtApp(`{"tasks": {"busy": {"run": 1000},
        "typo": {"suspend": "x", "loop": 1}, "early": {"resume": "y", "loop": 1}, "late": {"sleep": 10, "suspend": "y", "loop": 1}}}`),
      { durationNs: 50 * MS },
    );
    expect(r.notes.join("\n")).to.match(
      /1 tasks still waited when the simulation ended, and would for ever: late-3\[4\] → condition "y", and whoever signals/,
    );
    expect(r.notes.join("\n")).to.match(
      /1 tasks waited for ever: typo-1\[2\] → condition "x", and no task signals or resumes it/,
    );
  });

  it("says nothing of tasks that somebody may yet wake", () => {
    const r = simulateIdeal(
      rtApp(`{"tasks": {"waiter": {"suspend": "x", "run": 1}, "other": {"sleep": 3000000, "resume": "x"},
        "forked": {"instance": 0, "loop": 1, "resume": "z"}, "parent": {"sleep": 3000000, "fork": "forked"}, "child's": {"suspend": "z"}}}`),
      { durationNs: 50 * MS },
    );
    expect(r.notes).to.deep.equal([]);
  });

  it("lets nobody but the owner release a mutex with pi_enabled, and says so", () => {
    const text = (pi: boolean, release: string) => `{"global": {"pi_enabled": ${pi}}, "tasks": {
      "a": {"lock": "m", "run": 1000, "unlock": "m", "loop": 1},
      "b": {"sleep": 100,\n${release}, "loop": 1},
      "c": {"sleep": 200, "lock": "m", "run": 1, "unlock": "m", "signal": "c", "loop": 1}}}`;
    const at = (r: ReturnType<typeof simulateIdeal>, name: string) =>
      r.tasks.find((t) => t.name === name)!.exitNs / 1000;
    const plain = simulateIdeal(rtApp(text(false, `"unlock": "m"`), "u.json"));
    expect(at(plain, "c"), "takes the mutex that b freed").to.equal(201);
    expect(plain.notes.join()).to.match(
      /^u\.json:4: b-1\[2\] releases mutex "m", which a-0\[1\] holds: it is free/,
    );
    const inherits = simulateIdeal(rtApp(text(true, `"unlock": "m"`), "u.json"));
    expect(at(inherits, "c"), "has to wait for a").to.equal(1001);
    expect(inherits.notes.join()).to.match(/u\.json:4: b-1\[2\].*EPERM/);
    const wait = `"wait": {"ref": "c", "mutex": "m"}, "run": 5`;
    expect(at(simulateIdeal(rtApp(text(false, wait))), "b"), "waits for the signal").to.be.at.least(206);
    expect(at(simulateIdeal(rtApp(text(true, wait))), "b"), "does not wait").to.equal(105);
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
        /spin\.json:1: task (a-0|b-1) .*for ever/,
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
