import type { CpuView } from "../sim/policy/place.ts";
import type { PolicyFactory } from "../sim/policy/policy.ts";

/** A task goes back to where it was if that CPU is idle, else to an idle core, however far; where none is left CFS decides. */
const spread: PolicyFactory = ({ chip }) => ({
  name: "spread",
  place(query) {
    if (query.allowed(query.prevCpu) && query.cpu(query.prevCpu).idle) return query.prevCpu;
    const busy = new Set(query.cpus.filter((each) => !each.idle).map((each) => chip.coreOf[each.cpu]));
    const free = ({ cpu }: CpuView) => query.allowed(cpu) && !busy.has(chip.coreOf[cpu]);
    return query.cpus.find(free)?.cpu ?? query.stock();
  },
});
export default spread;
