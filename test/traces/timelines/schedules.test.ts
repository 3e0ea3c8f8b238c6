import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { readRecording, recordingAt } from "../../../lab/recording/read-recording.ts";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";

const folder = fileURLToPath(new URL("../../../traces/schedules/", import.meta.url));

describe("the recorded schedules that come with the project", () => {
  const files = ["", "held-out/"].flatMap((part) => readdirSync(folder + part).map((file) => part + file));
  for (const name of files.filter((file) => file.endsWith(".ftrace.gz")))
    it(`are whole and free of contradictions, and counted task by task as their lines are: ${name}`, async () => {
      const recording = recordingAt(folder + name)!;
      expect(recording.virtualTime).to.equal(true);
      const { summary, lives, flaws, replay } = await readRecording(recording, {
        hardware: hardware(),
        recordedOn: presetTopology("i5-1035g1"),
      });
      expect(flaws).to.deep.equal({ lost: 0, uncounted: 0, lostBefore: 0, unread: 0, contradictions: 0 });
      const text = gunzipSync(readFileSync(folder + name)).toString("latin1");
      const count = (event: string, key: string) => {
        const by = new Map<number, number>();
        for (const [, pid] of text.matchAll(new RegExp(` ${event}: .*?\\b${key}=(\\d+) `, "g")))
          if (pid !== "0") by.set(Number(pid), (by.get(Number(pid)) ?? 0) + 1);
        return by;
      };
      const total = (event: string) => text.split(` ${event}: `).length - 1;
      expect(summary).to.include({ format: "ftrace", cpus: 8, lost: 0, switches: total("sched_switch") });
      expect(summary.wakeups).to.equal(total("sched_waking") + total("sched_wakeup_new"));
      expect(summary.migrations).to.equal(total("sched_migrate_task"));
      const sums = (of: (life: (typeof lives)[number]) => number) => {
        const by = new Map<number, number>();
        for (const life of lives) if (of(life) > 0) by.set(life.pid, (by.get(life.pid) ?? 0) + of(life));
        return by;
      };
      expect(sums((life) => life.switches)).to.deep.equal(count("sched_switch", "next_pid"));
      expect(sums((life) => life.wakings)).to.deep.equal(count("sched_waking", "pid"));
      expect(sums((life) => life.migrateEvents)).to.deep.equal(count("sched_migrate_task", "pid"));
      const { unknown, ...known } = replay.causes;
      expect(unknown).to.be.below(0.01 * Object.values(known).reduce((sum, n) => sum + n, 0));
    });
});
