/** Earlier migration in the patched kernel, beside stock: the settings that looked most promising in the simulator. */
import { join } from "node:path";
import type { PremigrationMeasured } from "../../traces/measured.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { BRIDGE } from "../cache.ts";
import { measureContenders } from "../deploy/contenders.ts";
import { clockNotes, guestClock } from "../guest/clock.ts";
import { rounded, runsOf } from "./cost.ts";
import { inParts, type MeasureOptions } from "./parts.ts";

/** Each a boot of its own, in which all take turns. */
const BOOTS = 10;
const COSTS_MS = [0.5, 4];
const CHIP = "8x1";
/**
 * Nine equal tasks on eight CPUs, each with a fixed amount of work. The file gives the length of rt-app's loop while all CPUs are busy, as
 * rtapp-calibrate.py measures it in such a guest: in virtual time that is a number of instructions, the same in each boot.
 */
const WORKLOAD = join(BRIDGE, "benchmarks", "rtapp-nine-fixed.json");
const TIME_LIMIT = 900;

/** @param models The network for `premigrate`, by name. */
export async function measurePremigration(
  options: MeasureOptions,
  models: Readonly<Record<string, string>>,
): Promise<PremigrationMeasured> {
  const sides = Object.entries(models).flatMap(([name, model]) => [
    ...(name === Object.keys(models)[0] ? [{ name: "stock", model, mode: "off" as const }] : []),
    { name, model, mode: "premigrate" as const },
  ]);
  const contenders = COSTS_MS.flatMap((ms) =>
    sides.map((side) => ({ ...side, arithmetic: "fixed" as const, migrationCostNs: ms * 1e6 })),
  );
  const who = contenders.map((each) => ({ ...each, model: fileSha256(each.model) }));
  const boots = Array.from({ length: options.quick ? 2 : BOOTS }, (_, i) => i + 1);
  const parts = boots.map((boot) => ({
    name: `boot-${boot}`,
    of: [who, boot],
    async make() {
      const { rounds } = await measureContenders(contenders, {
        command: ["rt-app", WORKLOAD],
        setup: "ulimit -l unlimited", // rt-app locks its memory
        rounds: 1,
        first: boot,
        boot: {
          bzImage: options.bzImage,
          topology: CHIP,
          clock: guestClock({ clock: "virtual", seed: boot }),
          timeLimit: TIME_LIMIT,
          say: options.say,
        },
      });
      return rounds.map(({ name, rounds }) => ({
        ...runsOf(name, rounds),
        idle: rounds.map(({ idle }) => rounded(idle, 5)),
      }));
    },
  }));
  const found = await inParts("premigration", options, parts);
  const settings = COSTS_MS.map((migrationCostMs, c) => ({
    workload: "nine equal, a fixed amount of work",
    chip: CHIP,
    migrationCostMs,
    contenders: sides.map(({ name }, i) =>
      joined(
        name,
        found.map((boot) => boot[c * sides.length + i]),
      ),
    ),
  }));
  return { kernel: options.release, clock: clockNotes(guestClock({ clock: "virtual" })), settings };
}

type Runs = PremigrationMeasured["settings"][number]["contenders"][number];

/** One list of rounds from those of several boots. */
const joined = (name: string, boots: readonly Runs[]): Runs => ({
  name,
  seconds: boots.flatMap((boot) => boot.seconds),
  idle: boots.flatMap((boot) => boot.idle),
  waited: boots.flatMap((boot) => boot.waited),
  gained: boots.flatMap((boot) => boot.gained),
  hotGained: boots.flatMap((boot) => boot.hotGained),
});
