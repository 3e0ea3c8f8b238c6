/** The models in the box, verified in the patched kernel: every logit, sign and answer beside TypeScript's. */
import { readNt } from "../../model/nt-read.ts";
import type { VerifiedMeasured } from "../../traces/measured.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { type Workload, workload } from "../benchmarks/benchmarks.ts";
import { FIXED_WORK } from "../benchmarks/fixed-work.ts";
import { verifyModel } from "../deploy/verify.ts";
import { clockNotes, guestClock } from "../guest/clock.ts";
import { shellWords } from "../guest/shell-words.ts";
import { inParts, type MeasureOptions } from "./parts.ts";

/** In turn in the modes shadow, decide and premigrate; each runs again until it has given so many decisions. */
const WORKLOADS = ["hackbench", "numeric", "gridding"];
const DECISIONS = 500;
/** Of a model of forced migrations, which is asked of hot tasks alone: there are few. */
const HOT_DECISIONS = 100;
/** Of numeric and gridding, s. */
const SECONDS = 4;
const SWAPS = 1000;
const HOSTILE_FILES = 2000;
const TIME_LIMIT = 1800;

/** @param models Files by name. */
export async function measureVerified(
  options: MeasureOptions,
  models: Readonly<Record<string, string>>,
): Promise<VerifiedMeasured> {
  // the host's: what is compared does not hang on time, and a slow guest balances all the more
  const clock = guestClock({ clock: "host" });
  const parts = Object.entries(models).map(([name, model]) => {
    const asked = askedOf(model, options.quick);
    return {
      name,
      of: [fileSha256(model), asked, WORKLOADS],
      async make() {
        const workloads = await Promise.all(WORKLOADS.map(load));
        const { phases, fuzz, faults } = await verifyModel({
          model,
          workloads,
          ...asked,
          fuzzSeed: 1,
          tool: "",
          boot: { bzImage: options.bzImage, clock, timeLimit: TIME_LIMIT, say: options.say },
        });
        return {
          name,
          sha256: fileSha256(model),
          phases: phases.map(({ name: workload, mode, installations, comparison }) => {
            const { decisions, positive, wrongLogits, wrongSigns, wrongAnswers } = comparison;
            return {
              workload,
              mode,
              decisions,
              positive,
              wrongLogits,
              wrongSigns,
              wrongAnswers,
              installations,
            };
          }),
          hostileFiles: Object.values(fuzz).reduce((sum, n) => sum + n, 0),
          faults,
        };
      },
    };
  });
  const verified = await inParts("verified", options, parts);
  return { kernel: options.release, clock: clockNotes(clock), models: verified };
}

function askedOf(model: string, quick: boolean): { decisions: number; swaps: number; fuzz: number } {
  if (quick) return { decisions: 50, swaps: 100, fuzz: 100 };
  const hotAlone = readNt(model).net.target === "forced_now";
  return { decisions: hotAlone ? HOT_DECISIONS : DECISIONS, swaps: SWAPS, fuzz: HOSTILE_FILES };
}

async function load(name: string): Promise<Workload> {
  if (name !== "hackbench") return workload(name, SECONDS);
  const { command } = await FIXED_WORK.hackbench();
  return {
    name,
    definition: "",
    command: ["sh", "-c", `for i in 1 2 3 4; do ${shellWords(command)} || exit 1; sleep 0.3; done`],
  };
}
