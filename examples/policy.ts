import type { PolicyFactory } from "../sim/policy/policy.ts";

export const parameters = {
  restNs: { value: 20_000_000, unit: "ns", min: 0, max: 1e10, about: "time between two moves of a task" },
};

/** Moves a hot task within its core at once, and to another core only after a rest and from a longer queue. */
const patient: PolicyFactory = ({ chip, random, parameters: { restNs } }) => {
  const lastMove = new Map<number, number>(); // pid → time of its last move, ns
  const rest = restNs + Math.floor(random() * 1_000_000);
  return {
    name: "patient",
    decide({ now, hot, activeBalance, row }) {
      if (activeBalance || !hot) return 1;
      const sameCore = chip.coreOf[row.src_cpu] === chip.coreOf[row.dst_cpu];
      const rested = now - (lastMove.get(row.pid) ?? -rest) >= rest;
      if (!sameCore && !(rested && row.src_rq_nr_running > row.dst_rq_nr_running + 1)) return 0;
      lastMove.set(row.pid, now);
      return 2;
    },
  };
};
export default patient;
