/**
 * Records who ran when, beside the decisions, in virtual time: five workloads, two boots each, into `traces/schedules/`.
 *
 *     npx tsx kernel-bridge/benchmarks/record-schedules.ts      records what is not there yet
 *     --seconds S                                               how long, of virtual time
 *     --only PATTERN                                            only recordings whose name matches
 *     --boot N                                                  another boot, to hold what is known against: in held-out/
 *
 * It can be ended and started again at any time.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeFilesAtomic } from "../../traces/atomic-file.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { buildKernel } from "../build/build-kernel.ts";
import { scheduleBytes } from "../collect/decode-schedule.ts";
import { recordInGuest, recordingSummary } from "../collect/record.ts";
import { guestClock } from "../guest/clock.ts";
import { workload } from "./benchmarks.ts";

const FOLDER = fileURLToPath(new URL("../../traces/schedules/", import.meta.url));

const RTAPP = fileURLToPath(new URL("rtapp-mixed.json", import.meta.url));

/** By name: the workload and how long it is recorded, s. */
const WORKLOADS: Readonly<Record<string, readonly [workload: string, seconds: number]>> = {
  hackbench: ["hackbench", 1],
  "rtapp-mixed": [RTAPP, 4],
  zstd: ["zstd", 3],
  desktop: ["desktop", 3],
  pgbench: ["pgbench", 2],
};
const BOOTS: readonly number[] = [1, 2];
const TOPOLOGY = "4x2";
/** Of each CPU's buffer, KiB. */
const SCHEDULE_KB = 16_384;
/** A guest that takes longer is killed (seconds of this machine's time). */
const TIME_LIMIT = 3600;

async function record(only: RegExp, boots: readonly number[], longer: number | undefined): Promise<void> {
  mkdirSync(join(FOLDER, "held-out"), { recursive: true });
  const { bzImage } = await buildKernel("patched", { say: console.error });
  for (const boot of boots)
    for (const [name, [source, seconds]] of Object.entries(WORKLOADS)) {
      const stem = join(FOLDER, BOOTS.includes(boot) ? "" : "held-out", `${name}-${boot}`);
      if (existsSync(`${stem}.ftrace.gz`) || !only.test(`${name}-${boot}`)) continue;
      const duration = longer ?? seconds;
      const prepared = await workload(source, duration + 5, true);
      const recording = await recordInGuest({
        ...prepared,
        collector: "tracepoint",
        bzImage,
        topology: TOPOLOGY,
        clock: guestClock({ clock: "virtual", seed: boot }),
        duration,
        scheduleKb: SCHEDULE_KB,
        workload: prepared.name,
        tool: "nicetries kernel record",
        timeLimit: TIME_LIMIT,
      });
      writeParquet(`${stem}.parquet`, recording.table);
      writeFilesAtomic([[`${stem}.ftrace.gz`, scheduleBytes(".gz", recording.schedule!, true)]]);
      console.error(`${name}-${boot}: ${recordingSummary(recording)}`);
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { seconds: { type: "string" }, only: { type: "string", default: "" }, boot: { type: "string" } },
  });
  await record(
    new RegExp(values.only),
    values.boot === undefined ? BOOTS : [Number(values.boot)],
    values.seconds === undefined ? undefined : Number(values.seconds),
  );
}
