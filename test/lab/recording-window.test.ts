import { expect } from "chai";
import { readRecording, recordingAt } from "../../lab/recording/read-recording.ts";
import { hardware } from "../../sim/chip/hardware.ts";
import { InputError } from "../../traces/input-error.ts";

describe("the window of a recording", () => {
  it("is what is counted: windows side by side have together what the whole has, task by task too", async () => {
    const path = "traces/schedules/zstd-1.ftrace.gz";
    const read = (fromNs: number, toNs: number) =>
      readRecording(recordingAt(path)!, { hardware: hardware(), window: { fromNs, toNs } });
    const whole = await read(0, Number.POSITIVE_INFINITY);
    const ends = [0, 1_000_000_001, 2_500_000_001, Number.POSITIVE_INFINITY];
    const parts: (typeof whole)[] = [];
    for (const [i, from] of ends.slice(0, -1).entries()) parts.push(await read(from, ends[i + 1]! - 1));
    const sum = (of: (read: typeof whole) => number) => parts.reduce((total, part) => total + of(part), 0);
    for (const what of ["switches", "wakeups", "migrations"] as const)
      expect(
        sum((part) => part.summary[what]),
        what,
      ).to.equal(whole.summary[what]);
    for (const { pid, switches, wakings, runNs } of whole.lives.filter((life) => life.switches > 100)) {
      const own = (of: (life: (typeof whole.lives)[number]) => number) =>
        sum((part) => part.lives.filter((life) => life.pid === pid).reduce((n, life) => n + of(life), 0));
      expect(own((life) => life.switches)).to.equal(switches);
      expect(own((life) => life.wakings)).to.equal(wakings);
      // who runs as a window ends, or begins with it, is not heard of in one of the two
      expect(own((life) => life.runNs)).to.be.within(runNs * 0.9, runNs + 3);
    }
  });

  it("is refused where no CPU changes from one task to another in it, for what it is", async () => {
    const recording = recordingAt("examples/recording.ftrace")!;
    for (const [fromNs, toNs] of [
      [20_000_000, 21_000_000], // no event at all
      [15_000_000, 16_000_000], // a wake-up
    ]) {
      const window = { fromNs, toNs };
      const error = await readRecording(recording, { hardware: hardware(), window }).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error).to.be.instanceOf(InputError);
      expect(error!.message).to.match(/no switches in the window.*0\.0(2|15) s/);
    }
  });
});
