import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Metric } from "../../fidelity/metrics.ts";
import { ScheduleMeter } from "../../fidelity/schedule-meter.ts";
import { recordingAt, tellHistory } from "../../lab/recording/read-recording.ts";
import { recordedWorkloads } from "../../scripts/replays.ts";

describe("the noise that one recording finds in itself", () => {
  async function measured(path: string): Promise<ScheduleMeter & { seconds?: number }> {
    const { now } = await tellHistory(recordingAt(path)!, {});
    const lengthNs = Math.floor(0.9 * now);
    const meter = new ScheduleMeter(lengthNs);
    await tellHistory(recordingAt(path)!, meter);
    return Object.assign(meter, { seconds: lengthNs / 1e9 });
  }

  it("is about what a second recording differs by, as docs/recordings.md says", async () => {
    let [metrics, one, two] = [0, 0, 0];
    for (const paths of recordedWorkloads().values()) {
      const [first, second] = [await measured(paths[0]!), await measured(paths[1]!)];
      const of = (meter: ScheduleMeter & { seconds?: number }): Metric[] =>
        meter.metrics(meter.seconds!, 8, first.names()).filter(({ error }) => error !== undefined);
      const others = of(second);
      for (const [i, { value, error }] of of(first).entries()) {
        const distance = Math.abs(value - others[i]!.value);
        if (value === 0 && others[i]!.value === 0) continue;
        metrics++;
        if (distance <= error!) one++;
        if (distance <= 2 * error!) two++;
      }
    }
    const said = `${one} of ${metrics} metrics lie within one standard error of the first boot's, ${two} within two`;
    expect(readFileSync("docs/recordings.md", "utf8").replace(/\s+/g, " ")).to.contain(said);
    expect(one / metrics).to.be.within(0.4, 0.65);
  });
});
