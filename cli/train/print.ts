import type { TrainedFile } from "../../lab/train-file.ts";
import { evaluationTable } from "../evaluation-table.ts";
import { note, print } from "../output.ts";

/** What `nicetries train` prints for a person. */
export function printTrained(trained: TrainedFile): void {
  for (const text of trained.notes) note(text);
  if (trained.resumedAt > 0) note(`went on from epoch ${trained.resumedAt}`);
  const { tree } = trained;
  const shape = tree
    ? `tree of ${tree.leaves} leaves, ${tree.depth} deep`
    : [trained.inputs.length, ...trained.hidden, 1].join("-");
  const took = `${tree ? "" : `${trained.epochs} epochs, `}${trained.wallSeconds.toFixed(1)} s`;
  print(
    `${trained.model}: ${trained.target}, ${shape}, ${trained.bytes} bytes; ${trained.trainRows} of ${trained.rows} rows, ` +
      `${took}\n`,
  );
  if (trained.permutation) {
    const { real, shuffled, pValue } = trained.permutation;
    const mean = shuffled.reduce((a, b) => a + b, 0) / shuffled.length;
    print(
      `Permutation test: balanced accuracy ${(100 * real).toFixed(2)} %, with shuffled labels ` +
        `${(100 * mean).toFixed(2)} % (mean of ${shuffled.length}), p = ${pValue.toFixed(4)}\n`,
    );
  }
  if (trained.heldOut) print(`\nHeld-out rows (${trained.split}):\n${evaluationTable(trained.heldOut)}\n`);
}
