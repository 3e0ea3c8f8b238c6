import { expect } from "chai";
import { isNamed, MS, rtApp, simulateIdeal, startsOf, stopsOf } from "../run/helpers.ts";

/** Runs one rt-app file without any costs; times in us. */
function run(text: string, durationMs = 1000) {
  const result = simulateIdeal(rtApp(text), { durationNs: durationMs * MS });
  return {
    ...result,
    starts: (comm: string) => startsOf(result.timeline, comm).map((t) => t / 1000),
    stops: (comm: string) => stopsOf(result.timeline, comm).map((t) => t / 1000),
    of: (name: string) => result.tasks.filter((t) => isNamed(t.comm, name)),
  };
}

describe("rt-app events", () => {
  it("runs and sleeps in the order in which repeated keys are written", () => {
    const r = run(`{"tasks": {"a": {"loop": 1, "run": 100, "sleep": 50, "run": 200, "sleep": 7, "run": 3}}}`);
    expect(r.starts("a")).to.deep.equal([0, 150, 357]);
    expect(r.stops("a")).to.deep.equal([100, 350, 360]);
    expect(r.work.makespanNs).to.equal(360_000);
  });

  it("knows events by the beginning of their keys (run0, sleepLong)", () => {
    const r = run(`{"tasks": {"a": {"loop": 1, "run0": 100, "sleepLong": 50, "run1": 200}}}`);
    expect(r.stops("a")).to.deep.equal([100, 350]);
  });

  it("goes through phases and loops: a phase's loop inside, the task's around", () => {
    const r = run(`{"tasks": {"a": {"loop": 2, "phases": {
      "p": {"loop": 3, "run": 10, "sleep": 10},
      "q": {"run": 5, "sleep": 5}}}}}`);
    expect(r.of("a")[0].runNs).to.equal(2 * (3 * 10 + 5) * 1000);
    expect(r.work.units).to.equal(2 * (3 + 1));
    expect(r.work.makespanNs).to.equal(2 * (3 * 20 + 10) * 1000);
  });

  it("repeats for ever without a loop, and with loop -1", () => {
    const r = run(
      `{"tasks": {"a": {"run": 10, "sleep": 90}, "b": {"loop": -1, "run": 10, "sleep": 90}}}`,
      10,
    );
    expect(r.work.units).to.equal(200);
    expect(r.work.makespanNs).to.equal(null);
  });

  it("makes instances and names all tasks as rt-app does, so that no two have one name", () => {
    const r = run(`{"tasks": {"alpha": {"instance": 2, "loop": 1, "run": 100},
      "beta": {"loop": 2, "run": 10, "fork": "gamma"}, "gamma": {"instance": 0, "loop": 1, "run": 5},
      "a-name-of-fifteen": {"instance": 2, "loop": 1, "run": 100}}}`);
    expect(r.tasks.map((t) => [t.name, t.comm])).to.deep.equal([
      ["alpha", "alpha-0"],
      ["alpha", "alpha-1"],
      ["beta", "beta-2"],
      ["a-name-of-fifteen", "a-name-of-fif-3"],
      ["a-name-of-fifteen", "a-name-of-fif-4"],
      ["gamma", "gamma-5-0000"],
      ["gamma", "gamma-6-0001"],
    ]);
    for (const name of ["alpha-0", "alpha-1"]) expect(r.starts(name)).to.deep.equal([0]);
    expect(r.notes.join()).to.match(/a-name-of-fifteen becomes a-name-of-fif-3$/);
  });

  it("creates a delayed task at the start; it sleeps and wakes up where it was, its timers count from the delay", () => {
    const r = run(`{"tasks": {
      "busy": {"cpus": [0], "loop": 1, "run": 300},
      "late": {"delay": 500, "loop": 3, "run": 100, "timer": {"ref": "unique", "period": 200}}}}`);
    expect(r.starts("late")).to.deep.equal([0, 500, 700, 900, 1100]);
    expect(r.of("late")[0]).to.include({ exitNs: 1_100_000, wakeups: 5 });
    const born = r.timeline.find((e) => e.type === "wakeup" && isNamed(e.task.comm, "late"));
    const cpus = r.timeline.flatMap((e) =>
      e.type === "switch" && isNamed(e.next.comm, "late") ? [e.cpu] : [],
    );
    expect(born).to.include({ time: 0, isNew: true });
    expect(new Set(cpus)).to.have.property("size", 1);
  });

  it("does not sleep a delay that is over when the task first has a CPU", () => {
    const r = run(`{"tasks": {
      "first": {"cpus": [0], "nice": -20, "loop": 1, "run": 900},
      "late": {"cpus": [0], "nice": 19, "delay": 500, "loop": 1, "run": 100}}}`);
    expect(r.starts("late")).to.deep.equal([900]);
  });

  it("keeps a relative timer's period through delays shorter than it, and starts over after longer ones", () => {
    const text = (mode: string) => `{"tasks": {"a": {"phases": {
      "short": {"loop": 2, "run": 10, "timer": {"ref": "unique", "period": 20, "mode": "${mode}"}},
      "long": {"run": 30, "timer": {"ref": "unique", "period": 20, "mode": "${mode}"}},
      "after": {"loop": 3, "run": 10, "timer": {"ref": "unique", "period": 20, "mode": "${mode}"}}}, "loop": 1}}}`;
    // The pictures of rt-app's tutorial: the run of 30 ends at 70, ten after its timer would have fired.
    expect(run(text("relative")).starts("a")).to.deep.equal([0, 20, 40, 90, 110, 130]);
    // Absolute: the missed periods are caught up without sleeping.
    expect(run(text("absolute")).starts("a")).to.deep.equal([0, 20, 40, 100, 120]);
  });

  it("shares a timer by name between tasks, unless its name begins with unique", () => {
    const shared = run(`{"tasks": {
      "a": {"loop": 1, "timer": {"ref": "tick", "period": 100}, "run": 1},
      "b": {"loop": 1, "timer": {"ref": "tick", "period": 100}, "run": 1}}}`);
    expect([...shared.stops("a"), ...shared.stops("b")]).to.include.members([101, 201]);
    const own = run(`{"tasks": {
      "a": {"loop": 1, "timer": {"ref": "unique1", "period": 100}, "run": 1},
      "b": {"loop": 1, "timer": {"ref": "unique1", "period": 100}, "run": 1}}}`);
    expect(own.stops("a").at(-1)).to.equal(101);
    expect(own.stops("b").at(-1)).to.equal(101);
  });

  it("keeps a unique timer's mode to its task: another's absolute one changes nothing", () => {
    const text = (mode: string, more = "") => `{"tasks": {
      "drift": {"loop": 1, "phases": {
        "late": {"run": 50, "timer": {"ref": "unique", "period": 10}},
        "after": {"loop": 10, "run": 1, "timer": {"ref": "unique", "period": 10, "mode": "${mode}"}}}}${more}}}`;
    const other = `, "other": {"loop": 3, "run": 1, "timer": {"ref": "unique", "period": 10, "mode": "absolute"}}`;
    const end = (of: string) => run(of).tasks[0].exitNs / 1000;
    expect(end(text("relative"))).to.equal(150);
    expect(end(text("relative", other))).to.equal(150);
    // One absolute use makes it absolute for all of its own task, as in rt-app.
    expect(end(text("absolute", other))).to.equal(110);
  });

  it("lets one task at a time through a mutex", () => {
    const r = run(`{"tasks": {"a": {"instance": 3, "loop": 1, "lock": "m", "run": 100, "unlock": "m"}}}`);
    expect(r.work.makespanNs).to.equal(300_000);
    expect(r.tasks.map((t) => t.runNs)).to.deep.equal([100_000, 100_000, 100_000]);
  });

  it("waits on a condition without holding the mutex and has it again afterwards", () => {
    const r = run(`{"tasks": {
      "waiter": {"loop": 1, "lock": "m", "wait": {"ref": "c", "mutex": "m"}, "run": 50, "unlock": "m"},
      "sender": {"loop": 1, "sleep": 1000, "lock": "m", "signal": "c", "run": 300, "unlock": "m"},
      "third": {"loop": 1, "sleep": 1290, "lock": "m", "run": 5, "unlock": "m"}}}`);
    // Signalled at 1000, but the sender keeps the mutex until 1300.
    expect(r.stops("waiter").at(-1)).to.equal(1350);
    expect(r.stops("third").at(-1)).to.equal(1355);
  });

  it("wakes one waiter by signal and all of them by broad", () => {
    const text = (how: string) => `{"tasks": {
      "w": {"instance": 4, "loop": 1, "lock": "m", "wait": {"ref": "c", "mutex": "m"}, "unlock": "m", "run": 10},
      "s": {"loop": 1, "sleep": 100, "${how}": "c", "run": 1}}}`;
    expect(run(text("signal")).work.exited).to.equal(2);
    expect(run(text("broad")).work.exited).to.equal(5);
  });

  it("loses signals and resumes that meet no waiter", () => {
    const r = run(`{"tasks": {
      "early": {"loop": 1, "resume": "late", "run": 10},
      "late": {"loop": 1, "sleep": 100, "suspend": "late", "run": 10}}}`);
    expect(r.work.exited).to.equal(1);
    expect(r.notes.join()).to.match(/1 tasks still waited/);
  });

  it("signals and waits in one step by sync", () => {
    const r = run(`{"tasks": {
      "a": {"loop": 1, "lock": "m", "wait": {"ref": "c", "mutex": "m"}, "unlock": "m", "run": 40,
            "lock": "m", "signal": "c", "unlock": "m"},
      "b": {"loop": 1, "sleep": 100, "lock": "m", "sync": {"ref": "c", "mutex": "m"}, "unlock": "m", "run": 7}}}`);
    expect(r.stops("a").at(-1)).to.equal(140);
    expect(r.stops("b").at(-1)).to.equal(147);
  });

  it("suspends under the task's own name when none is given, as workgen does", () => {
    const r = run(`{"tasks": {
      "a": {"loop": 1, "suspend", "run": 10},
      "b": {"loop": 1, "sleep": 100, "resume": "a", "run": 1}}}`);
    expect(r.stops("a").at(-1)).to.equal(110);
  });

  it("holds tasks at a barrier until all users named in the file are there", () => {
    const r = run(`{"tasks": {
      "fast": {"instance": 2, "loop": 1, "run": 10, "barrier": "b", "run": 5},
      "slow": {"loop": 1, "run": 100, "barrier": "b", "run": 5}}}`);
    for (const name of ["fast-0", "fast-1", "slow"]) expect(r.stops(name).at(-1)).to.equal(105);
  });

  it("counts posts of a semaphore that come before the wait", () => {
    const r = run(`{"tasks": {
      "p": {"loop": 1, "sem_post": "s", "sem_post": "s", "run": 1},
      "w": {"loop": 2, "sleep": 50, "sem_wait": "s", "run": 10}}}`);
    expect(r.work.exited).to.equal(2);
  });

  it("runs runtime by the clock and run by the work done: two tasks on one CPU", () => {
    const r = run(`{"tasks": {
      "clock": {"cpus": [0], "loop": 1, "runtime": 60000},
      "work": {"cpus": [0], "loop": 1, "run": 60000}}}`);
    const [clock] = r.of("clock");
    expect(clock.exitNs).to.be.within(60 * MS, 90 * MS);
    expect(clock.runNs).to.be.below(60 * MS);
    expect(r.of("work")[0].runNs).to.equal(60 * MS);
  });

  it("forks a task that has no instance of its own, with what it needs; its timers count from the start of all", () => {
    const r = run(`{"tasks": {
      "child": {"instance": 0, "loop": 1, "run": 200, "timer": {"ref": "unique", "period": 1500}, "run": 1},
      "parent": {"loop": 3, "fork": "child", "run": 1000}}}`);
    // The third one is forked after its timer's first period: it does not sleep.
    expect(r.of("child").map((t) => t.exitNs / 1000)).to.deep.equal([1501, 1501, 2201]);
  });

  it("goes round a phase for ever that is to be repeated 0 times, as rt-app does", () => {
    const r = run(
      `{"tasks": {"a": {"loop": 1, "phases": {"p": {"loop": 0, "run": 100}, "q": {"run": 5000}}}}}`,
      10,
    );
    expect(r.work).to.include({ units: 100, exited: 0 });
    expect(run(`{"tasks": {"a": {"loop": 0, "phases": {"p": {"run": 100}}}}}`).work).to.include({
      units: 0,
      exited: 1,
    });
  });

  it("writes memory at the rate of the hardware table", () => {
    const r = run(`{"tasks": {"a": {"loop": 1, "mem": 1000000}}}`);
    expect(r.work.makespanNs).to.equal(100_000);
  });

  it("waits for a device that is not /dev/null, and does not for that", () => {
    const text = (device: string) =>
      `{"tasks": {"a": {"loop": 1, "iorun": 500000}}, "global": {"io_device": "${device}"}}`;
    expect(run(text("/dev/sda")).work.makespanNs).to.equal(50_000 + 1_000_000);
    expect(run(text("/dev/null")).work.makespanNs).to.be.below(1000);
  });

  it("confines tasks and phases to their CPUs", () => {
    const r = run(`{"tasks": {"a": {"cpus": [2], "loop": 1, "phases": {
      "p0": {"cpus": [0], "run": 1000}, "p1": {"cpus": [1, 5], "run": 1000}, "p2": {"run": 1000}}}}}`);
    const cpus = r.timeline.flatMap((e) => (e.type === "switch" && isNamed(e.next.comm, "a") ? [e.cpu] : []));
    expect(cpus[0]).to.equal(0);
    expect([1, 5]).to.include(cpus[1]);
    expect(cpus.at(-1)).to.equal(2);
  });

  it("gives nice values their share of a CPU", () => {
    const r = run(
      `{"tasks": {"heavy": {"cpus": [0], "priority": -5, "run": 1000}, "light": {"cpus": [0], "nice": 5, "run": 1000}}}`,
      5000,
    );
    const ratio = r.of("heavy")[0].runNs / r.of("light")[0].runNs;
    expect(ratio).to.be.within(8.5, 10.3); // weights 3121 and 335
  });

  it("yields", () => {
    const r = run(
      `{"tasks": {"a": {"cpus": [0], "loop": 5, "run": 10, "yield": ""}, "b": {"cpus": [0], "loop": 5, "run": 10, "yield"}}}`,
    );
    expect(r.starts("a").length).to.be.greaterThan(2);
    expect(r.work.makespanNs).to.equal(100_000);
  });

  it("hands mutexes over in the order of arrival with pi_enabled", () => {
    const r = run(`{"global": {"pi_enabled": true}, "tasks": {
      "a": {"loop": 3, "lock": "m", "run": 100, "unlock": "m"},
      "b": {"loop": 3, "sleep": 1, "lock": "m", "run": 100, "unlock": "m"}}}`);
    // They take turns; without hand-over a keeps the mutex for its three loops.
    expect(r.of("a")[0].exitNs).to.equal(500_000);
    expect(r.of("b")[0].exitNs).to.equal(600_000);
  });
});
