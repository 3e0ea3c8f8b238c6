import { D0 } from "../lib/arithmetic.ts";
import type { MigrationQuery } from "../policy/policy.ts";
import { DecisionRow } from "./decision-row.ts";

/** A can_migrate_task() call as a policy sees it; one for all calls. */
export class DecisionQuery implements MigrationQuery {
  now = D0;
  hot = false;
  activeBalance = false;
  nrBalanceFailed = 0;
  cacheNiceTries = 0;
  readonly row = new DecisionRow();
}
