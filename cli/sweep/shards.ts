/** Texts that have other programs run the parts of a sweep, a part at a time. */
import { resolve } from "node:path";
import { shellWords } from "../../kernel-bridge/guest/shell-words.ts";

export interface ShardedSweep {
  /** The plan file, with all that options changed. */
  plan: string;
  out: string;
  shards: number;
  /** Most parts that run at a time. */
  limit?: number;
  /** Folder that commands are run in. */
  cwd: string;
}

function sweepCommand({ plan, out, shards, cwd }: ShardedSweep, index: string, rest = ""): string {
  const [planPath, outPath] = [plan, out].map((path) => shellWords([resolve(cwd, path)]));
  return `npx nicetries sweep ${planPath} --shard ${index}/${shards} --out ${outPath}${rest}`;
}

/**
 * A batch script for Slurm: an array of parts. A part that is killed and queued again goes on where it was, so that it may be.
 * Output goes to the folder of the sweep, which is there already: the plan lies in it.
 */
export function slurmScript(sweep: ShardedSweep): string {
  const { shards, limit, out, cwd } = sweep;
  const index = '"$SLURM_ARRAY_TASK_ID"';
  return `#!/bin/sh
#SBATCH --job-name=nicetries-sweep
#SBATCH --array=1-${shards}${limit === undefined ? "" : `%${limit}`}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="${resolve(cwd, out)}/slurm-%a.txt"
set -eu
cd ${shellWords([cwd])}
${sweepCommand(sweep, index, ` --workers "\${SLURM_CPUS_PER_TASK:-1}"`)}
`;
}

/** A line for GNU parallel. Without more, it runs here; with \`--sshloginfile nodes.txt\`, on the machines of that file. */
export function parallelLine(sweep: ShardedSweep): string {
  const jobs = sweep.limit === undefined ? "" : ` --jobs ${sweep.limit}`;
  const command = `cd ${shellWords([sweep.cwd])} && ${sweepCommand(sweep, "{}")}`;
  return `seq ${sweep.shards} | parallel${jobs} --retries 3 ${shellWords([command])}`;
}
