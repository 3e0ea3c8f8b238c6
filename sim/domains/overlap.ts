import { CpuMask } from "../lib/cpumask.ts";
import { GroupCapacity, type SchedDomain, SchedGroup } from "../state/domain.ts";
import { forEachWrap, Ring, type SumsBySpan } from "./groups.ts";

/**
 * build_overlap_sched_groups(): NUMA levels, whose groups may overlap and belong to one domain each.
 * @param domains domains[level][cpu], undefined where a CPU's lower levels span all CPUs already.
 */
export function buildOverlapGroups(
  sd: SchedDomain,
  cpu: number,
  domains: (SchedDomain | undefined)[][],
  capacities: Map<number, GroupCapacity>[],
  sums: SumsBySpan,
): void {
  const ring = new Ring(sd.span.bits);
  const peers = domains[sd.level];
  forEachWrap(sd.span, cpu, (i) => {
    if (ring.covered.has(i)) return;
    let sibling = peers[i];
    if (sibling === undefined || !sibling.span.has(i)) return;
    if (sibling.child !== null && !sibling.child.span.subsetOf(sd.span)) {
      sibling = findDescendedSibling(sd, sibling);
    }
    const span: CpuMask = sibling.child === null ? sibling.span : sibling.child.span;
    ring.add(
      new SchedGroup(span, overlapCapacity(sibling, span, domains[sibling.level], capacities), sums.of(span)),
    );
  });
  sd.groups = ring.first!;
}

/** find_descended_sibling(): the lower domain of a far CPU that does not reach out of `sd`. */
function findDescendedSibling(sd: SchedDomain, from: SchedDomain): SchedDomain {
  let sibling = from;
  while (sibling.child !== null && !sibling.child.span.subsetOf(sd.span)) sibling = sibling.child;
  while (sibling.child?.span.equals(sibling.span)) sibling = sibling.child;
  return sibling;
}

/** init_overlap_sched_group() and build_balance_mask(): those CPUs that reach this group as their own. */
function overlapCapacity(
  sibling: SchedDomain,
  span: CpuMask,
  peers: (SchedDomain | undefined)[],
  capacities: Map<number, GroupCapacity>[],
): GroupCapacity {
  const known = capacities[sibling.level];
  for (const sgc of known.values()) if (sgc.span === span) return sgc;
  const mask = new CpuMask(span.bits);
  for (const i of span.list()) {
    if (peers[i]?.child?.span.equals(span)) mask.set(i);
  }
  const id = mask.first();
  let sgc = known.get(id);
  if (sgc === undefined) {
    sgc = new GroupCapacity(span, mask);
    known.set(id, sgc);
  }
  return sgc;
}
