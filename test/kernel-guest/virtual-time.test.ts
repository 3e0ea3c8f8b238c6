import { expect } from "chai";
import { type Recording, recordInGuest } from "../../kernel-bridge/collect/record.ts";
import { guestClock } from "../../kernel-bridge/guest/clock.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { image, needGuest, needVirtualTime } from "./support.ts";

describe("recording the patched kernel in virtual time", () => {
  let recording: Recording;
  before(async function () {
    needGuest(this);
    needVirtualTime(this);
    recording = await recordInGuest({
      bzImage: (await image("patched")).bzImage,
      clock: guestClock({ clock: "virtual" }),
      collector: "tracepoint",
      command: [
        "sh",
        "-c",
        'for i in 1 2 3 4 5 6 7 8 9; do (while :; do :; done) & p="$p $!"; done; sleep 3; kill $p',
      ],
      migrationCostNs: 4_000_000,
      tool: "test",
      timeLimit: 900,
    });
  });

  it("takes as long as the workload says, however busy this machine is", () => {
    expect(recording.exitCode).to.equal(0);
    expect(recording.seconds).to.be.within(3, 4);
  });

  it("moves nine busy tasks between eight CPUs", () => {
    const { counted } = recording;
    expect(counted?.gained).to.be.greaterThan(20);
  });

  it("loses nothing, and records decisions that the rule explains, every one", () => {
    expect(recording.table.meta.lostRecords).to.equal(0);
    const checker = new TraceChecker();
    checker.observe(recording.table);
    const result = checker.finish();
    expect(isSound(result), JSON.stringify(result.findings)).to.equal(true);
    expect(result.agree).to.equal(recording.table.rows);
  });

  it("forces migrations, which need tasks that are hot", () => {
    expect(recording.table.numeric.migration.filter((m) => m === 2).length).to.be.greaterThan(0);
  });

  it("stores the clock, its speed and the QEMU", () => {
    expect(recording.table.meta.notes).to.include({
      clock: "virtual",
      icountShift: "2",
      instructionsPerSecond: "250000000",
    });
    expect(recording.table.meta.notes.qemu).to.match(/^\d+\.\d+/);
  });
});
