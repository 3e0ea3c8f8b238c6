import { expect } from "chai";
import { callsBeside, otherPolicies } from "../../lab/recording/calls-beside.ts";
import { readRecording, recordingAt, replayNotes } from "../../lab/recording/read-recording.ts";
import { recordedGuestHardware } from "../../sim/chip/guest-costs.ts";
import { SCHED_BATCH, SCHED_IDLE } from "../../sim/core.ts";

const DESKTOP = "traces/schedules/desktop-1.ftrace.gz";

describe("calls recorded beside a schedule", () => {
  it("tell the policies of tasks, as kernel-bridge/benchmarks/desktop.c sets them, and the replay has them", async () => {
    const { replay } = await readRecording(recordingAt(DESKTOP)!, { hardware: recordedGuestHardware() });
    const others = replay.tasks.flatMap((task) =>
      task?.policy === undefined ? [] : [[task.comm, task.policy]],
    );
    expect(others.sort()).to.deep.equal([
      ["batch", SCHED_BATCH],
      ["idle", SCHED_IDLE],
    ]);
    expect(replayNotes(replay).join("\n")).to.match(/^2 tasks run as SCHED_BATCH or SCHED_IDLE/m);
  });

  it("tell of each task the policy that it had last", async () => {
    const calls = (await callsBeside(DESKTOP))!;
    const { pid, task_policy: policies } = calls.numeric;
    const last = policies.lastIndexOf(SCHED_IDLE);
    expect(otherPolicies(calls).get(pid[last]!)).to.equal(SCHED_IDLE);
    policies[last] = 0;
    expect(otherPolicies(calls).has(pid[last]!)).to.equal(false);
  });
});
