import type { GroupCapacity } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";

/** update_group_capacity() for all groups of a machine: a group can do what its CPUs can do together. */
export function updateGroupCapacities(machine: Machine): void {
  const seen = new Set<GroupCapacity>();
  for (const rq of machine.cpus) {
    for (let sd = rq.sd; sd !== null; sd = sd.parent) {
      let group = sd.groups;
      do {
        const { sgc } = group;
        if (!seen.has(sgc)) {
          seen.add(sgc);
          sgc.capacity = 0;
          for (const cpu of group.cpus) sgc.capacity += machine.cpus[cpu].capacity;
        }
        group = group.next;
      } while (group !== sd.groups);
    }
  }
}
