import { defaultTunables } from "../../sim/core.ts";
import { isFileName } from "../files/file-names.ts";
import { choosePolicy } from "../policy/choose-policy.ts";
import type { Supervise } from "../policy/supervisor.ts";
import { recordingAt } from "../recording/read-recording.ts";
import { openChip, openGroups, openWorkload } from "../sources.ts";
import type { SweepPlan } from "./plan.ts";

/**
 * Opens the files that a plan names, before the first of many simulations finds out that it cannot; recordings, which may be long, are left
 * to their simulations.
 * @param supervise Who watches over users' policies, which are loaded.
 * @throws InputError for the first file that is not what it should be
 */
export async function checkFiles({ dimensions }: SweepPlan, supervise?: Supervise): Promise<void> {
  const { workload = [], chip = [], groups = [], policy = [] } = dimensions;
  for (const name of chip) openChip(name);
  for (const name of groups) openGroups(name);
  for (const name of workload) if (isFileName(name) && recordingAt(name) === undefined) openWorkload([name]);
  const { migrationCostNs } = defaultTunables(1);
  for (const name of policy) (await choosePolicy(name, migrationCostNs, supervise)).end?.();
}
