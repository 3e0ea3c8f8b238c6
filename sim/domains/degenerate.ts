import { type SchedDomain, SD_NEEDS_GROUPS, SD_PREFER_SIBLING, SD_WAKE_AFFINE } from "../state/domain.ts";

/** cpu_attach_domain(): drops the levels that add nothing; returns the lowest that remains. */
export function dropDegenerate(lowest: SchedDomain): SchedDomain | null {
  for (let sd: SchedDomain = lowest; sd.parent !== null; ) {
    const parent: SchedDomain = sd.parent;
    if (!parentDegenerate(sd, parent)) {
      sd = parent;
      continue;
    }
    sd.parent = parent.parent;
    if (parent.parent !== null) parent.parent.child = sd;
    if (parent.flags & SD_PREFER_SIBLING) sd.flags |= SD_PREFER_SIBLING;
  }
  if (!degenerate(lowest)) return lowest;
  const parent = lowest.parent;
  if (parent !== null) parent.child = null;
  return parent;
}

/** sd_degenerate() */
function degenerate(sd: SchedDomain): boolean {
  if (sd.spanWeight === 1) return true;
  if (sd.flags & SD_NEEDS_GROUPS && sd.groups !== sd.groups.next) return false;
  return (sd.flags & SD_WAKE_AFFINE) === 0;
}

/** sd_parent_degenerate() */
function parentDegenerate(sd: SchedDomain, parent: SchedDomain): boolean {
  if (degenerate(parent)) return true;
  if (!sd.span.equals(parent.span)) return false;
  let flags = parent.flags;
  if (parent.groups === parent.groups.next) flags &= ~SD_NEEDS_GROUPS;
  return (~sd.flags & flags) === 0;
}
