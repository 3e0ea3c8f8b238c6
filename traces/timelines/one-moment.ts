import type { Claim } from "./claim.ts";

/** Claims of one CPU in their order, and the first of them that is not taken yet. */
interface Lane {
  readonly claims: readonly Claim[];
  readonly at: number;
}

/**
 * Which CPU's claim comes first of those that several CPUs have at the same time: one that does not follow from another CPU's claim of that
 * moment. A task comes to a CPU after it was woken or made, and after it has left the CPU it ran on; it is woken after it has fallen asleep.
 * Undefined where each waits for another.
 */
export function firstOfMoment<L extends Lane>(lanes: readonly L[], time: number): L | undefined {
  const present = lanes.filter(({ claims, at }) => claims[at]?.time === time);
  return present.find((lane) => {
    const claim = lane.claims[lane.at];
    return !present.some((other) => other !== lane && comesBefore(other, claim));
  });
}

/** Whether a claim that `other` still has at that time is one from which `claim` follows. */
function comesBefore({ claims, at }: Lane, claim: Claim): boolean {
  const pid = whomItNeeds(claim);
  if (pid <= 0) return false;
  for (let i = at; claims[i]?.time === claim.time; i++) {
    const each = claims[i];
    if (each.type === "switch") {
      if (each.prev.pid === pid) return true;
      if (each.next.pid === pid) return false;
    } else if (claim.type === "switch" && isOfWaking(each) && each.task.pid === pid) return true;
  }
  return false;
}

/** Whose state a claim depends on: the task that comes to a CPU, or is woken. */
const whomItNeeds = (claim: Claim): number =>
  claim.type === "switch"
    ? claim.next.pid
    : claim.type === "waking" || claim.type === "wakeup"
      ? claim.task.pid
      : 0;

const isOfWaking = (
  claim: Claim,
): claim is Extract<Claim, { type: "waking" | "wakeup" | "newtask" | "migrate" }> =>
  claim.type === "waking" || claim.type === "wakeup" || claim.type === "newtask" || claim.type === "migrate";
