import { TIMELINE_NAMES, timelineKind } from "../../traces/export/timeline-kind.ts";
import { RequestError } from "../../traces/input-error.ts";
import { isSameFile, refuseReplacingInputs } from "../files/output-files.ts";

/** The files that a simulation writes. */
export interface OutputNames {
  /** .parquet, .csv, .csv.gz */
  out?: string;
  /** .pftrace, .ftrace, .report.txt */
  timeline?: string;
  /** .scn; the dump goes beside it, with .txt.gz in its place. */
  asScenario?: string;
}

/** Is it the name of a trace that can be written: .parquet, .csv or .csv.gz? */
const isTraceName = (path: string): boolean => /\.(parquet|csv|csv\.gz)$/.test(path);

/**
 * Refuses names that no file of the kind can have, and one file for two purposes.
 * @param inputs Names that are read; those that are no files do no harm.
 * @throws RequestError
 */
export function checkOutputNames(
  { out, timeline, asScenario }: OutputNames,
  inputs: readonly string[],
): void {
  if (out !== undefined && !isTraceName(out))
    throw new RequestError("out", "needs a name that ends in .parquet, .csv or .csv.gz", { found: out });
  if (timeline !== undefined && timelineKind(timeline) === undefined)
    throw new RequestError("timeline", `needs ${TIMELINE_NAMES}`, { found: timeline });
  if (out !== undefined && timeline !== undefined && isSameFile(out, timeline))
    throw new RequestError("timeline", `needs another file than the trace, which is ${out}`, {
      found: timeline,
    });
  if (asScenario !== undefined && !asScenario.endsWith(".scn"))
    throw new RequestError("asScenario", "needs a name that ends in .scn", { found: asScenario });
  for (const [option, name] of Object.entries({ out, timeline, asScenario }))
    if (name !== undefined) refuseReplacingInputs([name], inputs, option);
}
