import type { CpuView } from "./place.ts";
import type { PolicyChip, PolicyFactory } from "./policy.ts";

/**
 * The bound that balancing is held against: no CPU is idle while a task waits that may run there. What the kernel finds out in passes, each
 * with its limits, this policy sees at once and for nothing, and it asks for no heat.
 *
 *  W1. A task that is placed goes where stock CFS has it, if that CPU is idle; else to an idle one.
 *  W2. Of the tasks that wait and may run on an idle CPU, the one that ran longest ago goes there, until none is left.
 *  W3. Among idle CPUs a wholly idle core comes before a thread of a busy one, and then what is near before what is far.
 *
 * Lozi et al. ("The Linux Scheduler: a Decade of Wasted Cores", EuroSys 2016) call a scheduler work-conserving that leaves no core idle while
 * another one has tasks waiting for long; here there is no "for long".
 */
export const workConserving: PolicyFactory = ({ chip }) => ({
  name: "work-conserving",
  place(query) {
    const { cpus, prevCpu } = query;
    const stock = query.stock();
    if (query.cpu(stock).idle) return stock;
    const idle = cpus.filter((each) => each.idle && query.allowed(each.cpu));
    return best(chip, idle, query.cpu(prevCpu), cpus)?.cpu ?? stock;
  },
  pull({ waiting, idle, cpus }) {
    const task = waiting.reduce((longest, each) => (each.delta > longest.delta ? each : longest));
    const allowed = idle.filter(({ cpu }) => task.allowed(cpu));
    const from = cpus.find(({ cpu }) => cpu === task.cpu)!;
    return { task, cpu: best(chip, allowed, from, cpus)!.cpu };
  },
});

/** W3 */
function best(
  { coreOf }: PolicyChip,
  idle: readonly CpuView[],
  from: CpuView,
  cpus: readonly CpuView[],
): CpuView | undefined {
  const busyCores = new Set(cpus.filter((each) => !each.idle).map(({ cpu }) => coreOf[cpu]));
  const cost = ({ cpu }: CpuView) => {
    const distance = from.domains.findIndex((domain) => domain.cpus.includes(cpu));
    return (busyCores.has(coreOf[cpu]) ? 100 : 0) + (distance < 0 ? 99 : distance);
  };
  let [chosen] = idle;
  for (const each of idle) if (cost(each) < cost(chosen)) chosen = each;
  return chosen;
}
