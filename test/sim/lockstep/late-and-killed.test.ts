import { expect } from "chai";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { runScenario } from "../../../sim/lockstep/run.ts";
import { MAX_HELD_CHANGES, parseScenario } from "../../../sim/lockstep/scenario.ts";

const MS = 1_000_000;

/** What was printed of `task` in each step, by the step's number; undefined where nothing changed. */
function run(text: string, task = 0): { states: (string | undefined)[]; headers: string[] } {
  const states: (string | undefined)[] = [];
  const headers: string[] = [];
  runScenario(parseScenario(text, "x.scn", 8), presetTopology("8x1"), (line) => {
    const step = /^step (-?\d+) /.exec(line);
    if (step !== null && step[1] !== "-1") headers.push(line.split(" ").slice(4).join(" "));
    else if (line.startsWith(` task ${task} `)) states[headers.length - 1] = line;
  });
  return { states, headers };
}

const cpuOf = (state: string | undefined) => Number(/ cpu=(\d+)/.exec(state ?? "")?.[1] ?? Number.NaN);
const movesOf = (state: string | undefined) => Number(/ migrations=(\d+)/.exec(state ?? "")?.[1]);
/** The last that was printed up to a step. */
const last = (states: (string | undefined)[], step: number) => states.slice(0, step + 1).findLast(Boolean);

describe("a stopper held up", () => {
  const running = `task 0 0\n0 wake 0 0\n${4 * MS} tick 0 0\n0 hold 0 0\n`;

  it("lets the task go on where it is, until its interrupt arrives", () => {
    const { states } = run(`${running}1000 affine 0 128\n${MS} wake 0 0\n0 free 0 0\n`);
    expect(cpuOf(last(states, 4))).to.equal(0);
    expect(cpuOf(states[5])).to.equal(7);
    expect(movesOf(states[5])).to.equal(1);
  });

  it("moves nobody when the CPU is allowed again by then", () => {
    const { states } = run(`${running}1000 affine 0 128\n1000 affine 0 255\n0 free 0 0\n`);
    expect(cpuOf(last(states, 5))).to.equal(0);
    expect(movesOf(last(states, 5))).to.equal(0);
  });

  it("moves the task once, to where the last change sends it", () => {
    const { states } = run(`${running}1000 affine 0 128\n1000 affine 0 2\n1000 affine 0 16\n0 free 0 0\n`);
    expect(cpuOf(states[6])).to.equal(4);
    expect(movesOf(states[6])).to.equal(1);
  });

  it("comes at once where its CPU is interrupted otherwise, or the task forks or ends", () => {
    const ticked = run(`${running}1000 affine 0 128\n${4 * MS} tick 0 0\n0 free 0 0\n`);
    expect(cpuOf(ticked.states[4])).to.equal(7);
    const forked = run(`task 0 0\nchild\n${running.slice(9)}1000 affine 0 128\n1000 fork 1 0\n`);
    expect(cpuOf(forked.states[4])).to.equal(7);
    expect(forked.headers[4]).to.equal("fork 1 0 (nothing)");
  });

  it("finds a sleeper where it fell asleep, and the wake-up goes where it would have sent it", () => {
    const { states } = run(`${running}1000 affine 0 48\n1000 block 0 0\n0 free 0 0\n1000 wake 0 0\n`);
    expect(cpuOf(last(states, 5))).to.equal(0);
    expect(cpuOf(states[6])).to.equal(4);
  });

  it("is held up once, freed once, and waits for a few changes of affinity only", () => {
    const { headers } = run("task 0 0\n0 free 0 0\n0 hold 0 0\n0 hold 0 0\n0 free 0 0\n");
    expect(headers).to.deep.equal(["free 0 0 (nothing)", "hold 0 0", "hold 0 0 (nothing)", "free 0 0"]);
    const many = (n: number) => `task 0 0\n0 hold 0 0\n${"1 affine 0 1\n".repeat(n)}`;
    const parse = (text: string) => () => parseScenario(text, "x.scn", 8);
    expect(parse(many(MAX_HELD_CHANGES))).not.to.throw();
    expect(parse(many(MAX_HELD_CHANGES + 1))).to.throw(/x\.scn:11: too many changes of affinity/);
    expect(parse(`${many(8)}0 free 0 0\n${many(8).slice(9)}`)).not.to.throw();
  });
});

describe("a task that is killed", () => {
  const two = `task 0 0\ntask 0 0\n0 affine 0 1\n0 affine 1 1\n0 wake 0 0\n1000 wake 1 0\n${4 * MS} tick 0 0\n`;

  it("ends at once where it runs, and the other one goes on", () => {
    const { headers } = run(`${two}1000 kill 0 3\n1000 kill 0 3\n1000 yield 0 0\n`);
    expect(headers.slice(5)).to.deep.equal(["kill 0 3", "kill 0 3 (nothing)", "yield 0 0"]);
    expect(last(run(`${two}1000 kill 0 3\n${4 * MS} tick 0 0\n`, 1).states, 6)).to.contain("on_rq=1");
  });

  it("stays on its queue until it has a CPU, and ends there without running", () => {
    const text = `${two}1000 kill 1 3\n1000 kill 1 3\n1000 tick 0 0\n1000 block 0 0\n1000 wake 1 0\n`;
    const { states, headers } = run(text, 1);
    expect(last(states, 7)).to.contain("on_rq=1").and.contain(" exec=0 ");
    expect(states[8]).to.equal(undefined); // gone: it is not printed any more
    expect(headers.slice(5)).to.deep.equal([
      "kill 1 3",
      "kill 1 3 (nothing)",
      "tick 0 0",
      "block 0 0",
      "wake 1 0 (nothing)",
    ]);
  });

  it("is woken for its end where it sleeps", () => {
    const { headers, states } = run("task 0 0\n1000 kill 0 3\n1000 wake 0 0\n");
    expect(headers).to.deep.equal(["kill 0 3", "wake 0 0 (nothing)"]);
    expect(states[0]).to.equal(undefined);
  });
});
