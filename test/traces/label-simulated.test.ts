import { expect } from "chai";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { simulate } from "../../sim/simulator.ts";
import { modelNamed } from "../../sim/workload/models/catalogue.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { labelTable } from "../../traces/label.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import { TableBuilder } from "../../traces/table.ts";
import type { DecisionEvent, MigrateEvent, TimelineEvent } from "../../traces/timeline.ts";

/** A run recorded twice: as trace rows, and as the timeline, which knows nothing of the trace's columns. */
function recorded(workload: string, migrationCostNs: number) {
  const rows = new TableBuilder();
  const timeline: TimelineEvent[] = [];
  simulate({
    workload: modelNamed(workload).workload(),
    topology: presetTopology("i5-1035g1"),
    seed: "5",
    durationNs: workload === "database" ? 10e9 : 1.5e9, // a database seldom has force
    tunables: { migrationCostNs },
    onDecision: (row) => rows.append(row),
    onTimeline: (event) => timeline.push(structuredClone(event)),
  });
  return {
    table: rows.toTable(traceMetadata({ source: "sim", tunables: { migration_cost_ns: migrationCostNs } })),
    timeline,
  };
}

/** The decisions of a timeline, each with the moves that its task had made till then: counted, not read from a row. */
function decisionsWithMoves(timeline: readonly TimelineEvent[]): { event: DecisionEvent; moves: number }[] {
  const moves = new Map<number, number>();
  const found: { event: DecisionEvent; moves: number }[] = [];
  for (const event of timeline) {
    if (event.type === "migrate") moves.set(event.task.pid, (moves.get(event.task.pid) ?? 0) + 1);
    // a decision is told after its consequence: a detached task has made one more move by then
    if (event.type === "decision")
      found.push({ event, moves: (moves.get(event.task.pid) ?? 0) - (event.detached ? 1 : 0) });
  }
  return found;
}

describe("labels of simulated traces", () => {
  for (const workload of ["numeric", "database"]) {
    it(`of ${workload} are what the simulator itself knows of moves and forced decisions`, () => {
      const { table, timeline } = recorded(workload, 4_000_000);
      const decisions = decisionsWithMoves(timeline);
      expect(decisions.length).to.equal(table.rows);
      const key = ({ event, moves }: (typeof decisions)[number]) =>
        [event.task.pid, event.srcCpu, event.dstCpu, moves].join();
      const forced = new Set(decisions.filter((d) => d.event.reason === "forced").map(key));
      expect(forced.size).to.be.greaterThan(0);
      expect([...labelTable(table, "forced_eventually")]).to.deep.equal(
        decisions.map((d) => (forced.has(key(d)) ? 1 : 0)),
      );
      expect(table.text.reason).to.deep.equal(decisions.map((d) => d.event.reason));
    });

    it(`of ${workload} call detached what then moved, and nothing else`, () => {
      const { table, timeline } = recorded(workload, 4_000_000);
      const pulls = new Map<string, number>();
      const at = (time: number, pid: number, from: number, to: number) => [time, pid, from, to].join();
      for (const event of timeline.filter((e): e is MigrateEvent => e.type === "migrate"))
        if (event.kind === "balance" || event.kind === "active") {
          const key = at(event.time, event.task.pid, event.origCpu, event.destCpu);
          pulls.set(key, (pulls.get(key) ?? 0) + 1);
        }
      const { migration, detached, pid, ts, src_cpu, dst_cpu } = table.numeric;
      const labels = labelTable(table, "forced_detached");
      let moved = 0;
      for (let i = 0; i < table.rows; i++) {
        const pulled = pulls.has(at(ts[i], pid[i], src_cpu[i], dst_cpu[i]));
        if (detached[i] === 1) {
          moved++;
          expect(pulled, `row ${i}`).to.equal(true);
        }
        expect(labels[i]).to.equal(migration[i] === 2 && pulled && detached[i] === 1 ? 1 : 0);
      }
      expect(moved).to.equal([...pulls.values()].reduce((a, b) => a + b, 0));
    });
  }

  it("belong to sound traces: the rule replays every simulated decision", () => {
    const checker = new TraceChecker();
    checker.observe(recorded("numeric", 4_000_000).table);
    expect(isSound(checker.finish())).to.equal(true);
    expect(checker.finish().undecided).to.equal(0);
  });
});
