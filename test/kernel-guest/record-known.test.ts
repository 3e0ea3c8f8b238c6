import { expect } from "chai";
import { type Collector, type Recording, recordInGuest } from "../../kernel-bridge/collect/record.ts";
import { forcedBeforeOf } from "../../traces/forced-before.ts";
import type { Reason } from "../../traces/schema.ts";
import { image, needGuest } from "./support.ts";

/**
 * Twelve busy tasks on eight CPUs, three of them bound to two CPUs. At the end they are stopped: no balancer asks for a
 * stopped task, so that what the kernel has counted for each by then is what the trace must show. They end with the guest:
 * killed, they would run once more.
 */
const WORKLOAD = `
pids=""
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sh -c 'while :; do :; done' & pids="$pids $!"; done
for p in $(echo $pids | cut -d' ' -f1-3); do taskset -pc 0,1 $p > /dev/null; done
sleep 20
kill -STOP $pids; sleep 1
for p in $pids; do echo "task $p"; grep -E '^(se\\.|stats\\.)?nr_' /proc/$p/sched; done
`;

/** Counter of /proc/PID/sched by name, for each task. */
function perTask(output: string): Map<number, Record<string, number>> {
  const tasks = new Map<number, Record<string, number>>();
  for (const part of output.split(/^task /m).slice(1)) {
    const counts: Record<string, number> = {};
    for (const [, name, value] of part.matchAll(/^(?:\S*\.)?(nr_\w+)\s*:\s*(\d+)/gm))
      counts[name!] = Number(value);
    tasks.set(Number.parseInt(part, 10), counts);
  }
  return tasks;
}

for (const [collector, variant] of [
  ["bcc", "stock"],
  ["tracepoint", "patched"],
] as const satisfies [Collector, string][])
  describe(`a known workload, recorded by ${collector} on the ${variant} kernel`, () => {
    let recording: Recording;
    let counted: Map<number, Record<string, number>>;
    const rowsOf = (pid: number, wanted: (row: number) => boolean) => {
      const { numeric, rows } = recording.table;
      let n = 0;
      for (let row = 0; row < rows; row++) if (numeric.pid[row] === pid && wanted(row)) n++;
      return n;
    };
    const expectPerTask = (name: string, wanted: (row: number) => boolean) => {
      let total = 0;
      for (const [pid, counts] of counted) {
        expect(rowsOf(pid, wanted), `${name} of task ${pid}`).to.equal(counts[name]);
        total += counts[name];
      }
      return total;
    };
    const because = (reason: Reason) => (row: number) => recording.table.text.reason[row] === reason;

    before(async function () {
      needGuest(this);
      let output = "";
      recording = await recordInGuest({
        bzImage: (await image(variant)).bzImage,
        collector,
        command: ["sh", "-c", WORKLOAD],
        migrationCostNs: 4_000_000,
        tool: "test",
        timeLimit: 1200,
        onOutput: (chunk) => {
          output += chunk;
        },
      });
      counted = perTask(output);
      expect(recording.exitCode).to.equal(0);
      expect(recording.table.meta.lostRecords).to.equal(0);
      expect(counted.size).to.equal(12);
    });

    it("shows each task's refusals as /proc/PID/sched counts them", () => {
      const affine = expectPerTask("nr_failed_migrations_affine", because("affinity"));
      const running = expectPerTask("nr_failed_migrations_running", because("running"));
      // detach_tasks() counts a forced answer that it does not carry out, too.
      const { migration, detached } = recording.table.numeric;
      const hot = because("hot_refused");
      expectPerTask(
        "nr_failed_migrations_hot",
        (row) => hot(row) || (migration[row] === 2 && detached[row] === 0),
      );
      expect(affine).to.be.greaterThan(0);
      expect(running).to.be.greaterThan(0);
    });

    it("shows each task's forced migrations, where they were carried out", () => {
      const { migration, detached } = recording.table.numeric;
      expectPerTask("nr_forced_migrations", (row) => migration[row] === 2 && detached[row] === 1);
    });

    it("knows of each task's move whether it was forced before, as it follows from the rows", () => {
      const { task_forced_before: recorded, pid, migration } = recording.table.numeric;
      const derived = forcedBeforeOf(recording.table)!;
      let forced = 0;
      for (let row = 0; row < recording.table.rows; row++) {
        if (!counted.has(pid[row])) continue;
        expect(recorded[row], `row ${row + 1}`).to.equal(derived[row]);
        if (migration[row] === 2) forced++;
      }
      expect(forced).to.be.greaterThan(0);
    });

    it("shows no more moves of a task than it has made", () => {
      const { detached } = recording.table.numeric;
      for (const [pid, counts] of counted)
        expect(rowsOf(pid, (row) => detached[row] === 1)).to.be.at.most(counts.nr_migrations!);
    });
  });
