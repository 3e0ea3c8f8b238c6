import { InputError } from "../../../traces/input-error.ts";
import { taskComm } from "../comm.ts";
import type { TaskSpec, Workload, WorkloadSetup } from "../programme.ts";
import { Semaphore } from "../resources.ts";
import { Mailbox, type Needs, needsOf } from "./mailbox.ts";
import { ReplayProgramme, type ReplayScene } from "./programme.ts";
import type { Replay, ReplayTask } from "./replay.ts";

/** Cache footprint of a task: a recording does not know it. As that of a task of an rt-app file that does not say. */
const WORKING_SET = 65_536;

/** As in TaskSpec.policy. */
const SCHED_FIFO = 1;

export interface ReplayChoice {
  /** Which tasks take part; undefined: all. Whom the others woke wakes by itself, after as long as it slept. */
  chosen?: (task: ReplayTask) => boolean;
  /** Times that the recording is played; Infinity: for ever. */
  loops?: number;
}

/** The tasks of a replay that take part, by their numbers. @throws InputError where nobody does */
export function chosenTasks(
  replay: Replay,
  { chosen = () => true }: ReplayChoice,
  file: string,
): (ReplayTask | undefined)[] {
  const tasks = replay.tasks.map((task) => (task && chosen(task) ? task : undefined));
  if (tasks.some((task) => task && task.tape.words.length > 0)) return tasks;
  throw new InputError("nobody runs in what was chosen of the recording", {
    file,
    found: `${replay.tasks.filter((task) => task).length} tasks in all`,
    expected: "at least one task with something to do",
    hint: "Choose more tasks, or a longer window.",
    code: "nobody-runs",
  });
}

/**
 * A recording as a workload: closed, i.e. who runs when is the simulator's business, what tasks do and what they wait for is
 * the recording's. Ends when all its work is done.
 */
export function replayWorkload(
  replay: Replay,
  choice: ReplayChoice,
  about: { name: string; definition: string; notes: readonly string[] },
): Workload {
  const tasks = chosenTasks(replay, choice, about.name);
  const { loops = 1 } = choice;
  const needs = tasks.map((task) => task && needsOf(task.tape, (from) => tasks[from] !== undefined));
  return {
    ...about,
    unit: "loops",
    shortestRunNs: Number.isFinite(loops) ? 1 : Number.POSITIVE_INFINITY,
    setUp: (setup) => setUp(tasks, needs, loops, setup),
  };
}

function setUp(
  tasks: readonly (ReplayTask | undefined)[],
  needs: readonly (Needs | undefined)[],
  loops: number,
  setup: WorkloadSetup,
): void {
  const places = new Map(setup.cpuNumbers.map((number, place) => [number, place]));
  const isForked = (task: ReplayTask) => task.forkedBy >= 0 && tasks[task.forkedBy] !== undefined;
  const wakes = tasks.map((task) => task && new Semaphore(task.comm));
  const specs = tasks.map((task) => task && spec(task));
  const mail = tasks.map((task, i) => task && new Mailbox(needs[i]!, task.tape.words.length));
  const scene: ReplayScene = { wakes, mail, specs };

  function spec(task: ReplayTask): TaskSpec {
    const place = task.boundTo === undefined ? undefined : places.get(task.boundTo);
    const allowed = [...(task.ranOn ?? [])].flatMap((cpu) => places.get(cpu) ?? []);
    const [times, bornNs] = isForked(task) ? [1, 0] : [loops, task.bornNs];
    return {
      comm: taskComm(task.comm),
      name: task.comm,
      nice: task.nice,
      policy: task.rtPriority > 0 ? SCHED_FIFO : task.policy,
      rtPriority: task.rtPriority,
      affinity: place !== undefined ? [place] : allowed.length > 0 ? allowed : undefined,
      perCpuKthread: place !== undefined,
      workingSetBytes: WORKING_SET,
      programme: () => new ReplayProgramme(task, scene, times, bornNs),
    };
  }

  for (const task of tasks) if (task && !isForked(task)) setup.spawn(specs[task.index]!);
}
