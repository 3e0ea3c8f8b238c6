import { fileSha256 } from "../../../traces/sha256.ts";
import type { Bench } from "../bench.ts";
import type { Cell, ResultTable } from "../table.ts";
import { zooModels } from "./zoo-models.ts";

/** The models in the box in the patched kernel, beside TypeScript. */
export async function verifiedTable(bench: Bench): Promise<ResultTable> {
  const { models, kernel } = await bench.measured("verified", async () => zooModels(bench));
  const files = new Map(zooModels(bench).map(({ name, file }) => [name, file]));
  const rows = models.map(({ name, sha256, phases, hostileFiles, faults }): Cell[] => {
    const sum = (of: (phase: (typeof phases)[number]) => number) =>
      phases.reduce((total, phase) => total + of(phase), 0);
    const file = files.get(name);
    return [
      name,
      sha256.slice(0, 12),
      file !== undefined && fileSha256(file) === sha256 ? "yes" : "no: another file was verified",
      ...["shadow", "decide", "premigrate"].map((mode) =>
        phases.filter((phase) => phase.mode === mode).reduce((n, { decisions }) => n + decisions, 0),
      ),
      sum(({ wrongLogits }) => wrongLogits),
      sum(({ wrongSigns }) => wrongSigns),
      sum(({ wrongAnswers }) => wrongAnswers),
      Math.max(...phases.map(({ installations }) => installations)),
      hostileFiles,
      faults.length,
    ];
  });
  return {
    id: "verified",
    title: "The models in the box, verified in the patched kernel",
    columns: [
      { name: "model" },
      { name: "sha256" },
      { name: "is the one in the box" },
      { name: "decisions in shadow", digits: 0 },
      { name: "decide", digits: 0 },
      { name: "premigrate", digits: 0 },
      { name: "wrong logits", digits: 0 },
      { name: "signs", digits: 0 },
      { name: "answers", digits: 0 },
      { name: "installations that calls saw", digits: 0 },
      { name: "damaged files tried", digits: 0 },
      { name: "faults in the kernel's log", digits: 0 },
    ],
    rows,
    notes: [
      `Linux ${kernel}. Every logit, sign and answer is recomputed from the recorded row in TypeScript, without tolerance; in a last run the model and its mirror image take turns under load, 1,000 times in all, and some of these installations are there when a call comes. Damaged files are refused or, where the damage is harmless, taken.`,
    ],
  };
}
