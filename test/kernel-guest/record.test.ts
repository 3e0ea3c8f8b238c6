import { writeFileSync } from "node:fs";
import { expect } from "chai";
import type { KernelImage } from "../../kernel-bridge/build/build-kernel.ts";
import { type Recording, recordInGuest } from "../../kernel-bridge/collect/record.ts";
import { isSound, TraceChecker } from "../../traces/check.ts";
import { openRecording } from "../../traces/timelines/recording.ts";
import { scratchFolder } from "../traces/support.ts";
import { image, needGuest } from "./support.ts";

describe("recording a stock kernel with BCC", () => {
  const scratch = scratchFolder();
  let kernel: KernelImage;
  let recording: Recording;
  before(async function () {
    needGuest(this);
    kernel = await image("stock");
    recording = await recordInGuest({
      bzImage: kernel.bzImage,
      collector: "bcc",
      command: ["hackbench", "-g", "4", "-l", "40"],
      migrationCostNs: 4_000_000,
      scheduleKb: 16_384,
      tool: "test",
      timeLimit: 1200,
    });
  });

  it("sees the workload's own exit code, and rows", () => {
    expect(recording.exitCode).to.equal(0);
    expect(recording.table.rows).to.be.greaterThan(300);
  });

  it("loses nothing", () => {
    expect(recording.table.meta.lostRecords).to.equal(0);
    expect(recording.sidecar.counts.dropped).to.equal(0);
  });

  it("records decisions that the rule of can_migrate_task explains, every one", () => {
    const checker = new TraceChecker();
    checker.observe(recording.table);
    const result = checker.finish();
    expect(isSound(result), JSON.stringify(result.findings)).to.equal(true);
    expect(result.agree).to.equal(recording.table.rows);
  });

  it("counts as many detached tasks as /proc/schedstat", () => {
    // Both readings lie a few calls outside of the time the probes were attached.
    const { detached, lb_active, migration } = recording.table.numeric;
    let moved = 0;
    let pushed = 0;
    let forced = 0;
    for (let i = 0; i < recording.table.rows; i++) {
      if (detached[i] !== 1) continue;
      if (lb_active[i] === 1) pushed++;
      else moved++;
      if (migration[i] === 2) forced++;
    }
    const counted = recording.counted!;
    expect(counted.gained).to.be.within(moved - 5, moved + 5 + moved * 0.01);
    expect(counted.pushed).to.be.within(pushed - 1, pushed + 1);
    expect(counted.hotGained).to.be.within(forced - 1, forced + 1);
  });

  it("has beside them who ran when, whole and as text that is read", () => {
    const { text, lost } = recording.schedule!;
    expect(lost).to.equal(0);
    writeFileSync(scratch("s.ftrace"), text, "latin1");
    expect(openRecording(scratch("s.ftrace"))!.format).to.equal("ftrace");
  });

  it("says where it comes from", () => {
    const { meta } = recording.table;
    expect(meta.kernel).to.equal(kernel.release);
    expect(meta.tunables.migration_cost_ns).to.equal(4_000_000);
    expect(meta.chip).to.match(/8 CPUs, SMT\+MC domains$/);
  });
});
