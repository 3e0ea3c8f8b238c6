import { migrationType, RunBuilder, reasonIndex } from "../../explorer/data/builder.ts";
import type { ExplorerRun } from "../../explorer/data/run.ts";
import type { BalancePass } from "../../traces/balance-pass.ts";

const CPUS = 8;
const TASKS = 26;
const DURATION = 1e9;
const COST = 500_000;

/**
 * A run that nobody has simulated, with something of everything: pictures of it stay the same when the simulator changes. Two caches
 * of two cores of two CPUs; tasks that run and wait, passes of all kinds, and every fifth pass moves a task by force after two that failed.
 */
export function inventedRun(seed: number): ExplorerRun {
  const builder = new RunBuilder(
    Array.from({ length: CPUS }, (_, number) => ({ number, core: number >> 1, llc: number >> 2, node: 0 })),
  );
  for (let i = 0; i < TASKS; i++) builder.addTask(100 + i, `worker-${i}`);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const upTo = (n: number) => Math.floor(n * random());
  for (let cpu = 0; cpu < CPUS; cpu++)
    for (let at = upTo(4e6), i = 0; at < DURATION; i++) {
      const task = (cpu + CPUS * (i % 3)) % TASKS;
      builder.waitsOn(task, cpu, Math.max(0, at - upTo(6e6)));
      builder.runs(task, cpu, at);
      at = Math.min(DURATION, at + 1e6 + upTo(9e6));
      builder.stopsRunning(task, at, "S");
      at += upTo(2e6);
    }
  const kinds = ["balance", "wakeup", "balance", "active"] as const;
  for (let i = 0, time = 5e6; time < DURATION; i++, time += 12e6 + upTo(4e6)) {
    const [task, src, dst] = [upTo(TASKS), upTo(CPUS), (i * 3) % CPUS];
    const failed = i % 5 === 3 ? 2 : i % 5 === 1 || i % 5 === 2 ? (i % 5) - 1 : 0;
    const isForced = failed === 2;
    const moves = isForced || i % 5 === 4;
    const first = builder.decisions.rows;
    const decision = builder.decisions.add({
      ...{
        time,
        task,
        src,
        dst,
        pass: -1,
        reason: reasonIndex(isForced ? "forced" : moves ? "cold" : "hot_refused"),
      },
      ...{ migration: isForced ? 2 : moves ? 1 : 0, detached: moves ? 1 : 0, failed, tries: 1 },
      ...{ delta: isForced ? 3e5 : 9e5, justMoved: 0, buddy: 0, policy: 0, shared: 0 },
      ...{ imbalance: 1, type: migrationType("migrate_task"), load: 512 },
    });
    const move =
      moves || i % 3 === 0 ? builder.move(task, src, dst, moves ? "balance" : kinds[i % 4], time) : -1;
    if (moves) builder.moves.set(move, "decision", decision);
    const outcome = moves ? "moved" : failed > 0 || i % 5 === 1 ? "failed" : "nobusyg";
    builder.pass(passOf(time, dst, src, outcome, failed, moves ? 0 : failed + 1), first);
  }
  return builder.finish({
    ...{ title: "invented", source: "simulation", command: "", gaps: [] },
    ...{ durationNs: DURATION, migrationCostNs: COST },
  });
}

const passOf = (
  time: number,
  cpu: number,
  busiestCpu: number,
  outcome: string,
  failedBefore: number,
  failedAfter: number,
): BalancePass =>
  ({
    ...{ time, kind: "periodic", cpu, byCpu: cpu, level: "MC", cacheNiceTries: 1, idle: 1, groups: [] },
    ...{ busiestGroup: -1, busiestCpu, imbalance: 1, migrationType: "migrate_task", outcome, examined: 1 },
    ...{ moved: outcome === "moved" ? 1 : 0, failedBefore, failedAfter },
    ...{ intervalBefore: 8, intervalAfter: 8 },
  }) as BalancePass;
