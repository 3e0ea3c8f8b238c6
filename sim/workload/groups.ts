import { InputError } from "../../traces/input-error.ts";

/** A control group of a simulation, as cgroup v2 has it. Times in ns. */
export interface GroupSpec {
  /** "/web", "/web/worker": where it stands; groups above it that nobody describes are made, too. */
  readonly path: string;
  /** cpu.weight, 1 to 10000; default 100. */
  readonly weight?: number;
  /** cpu.weight.nice, -20 to 19, instead of a weight. */
  readonly weightNice?: number;
  /** cpu.idle */
  readonly idle?: boolean;
  /** cpu.max: run time in each period on all CPUs together; Infinity: no limit. */
  readonly quotaNs?: number;
  readonly periodNs?: number;
  /** cpu.max.burst */
  readonly burstNs?: number;
  /** cpuset.cpus by the kernel's numbers; undefined: those of the group above. */
  readonly cpus?: readonly number[];
  /** Tasks that begin in it, by the workload's names or their comm; `*` stands for anything. */
  readonly tasks?: readonly string[];
  /** Where it is written, for complaints. */
  readonly file?: string;
}

/** Levels below the root. */
const MAX_DEPTH = 32;

/** "web/" as "/web"; "" and "/" are the root. @throws InputError */
export function groupPath(text: string, file?: string): string {
  const parts = text.split("/").filter((part) => part !== "");
  if (parts.length > MAX_DEPTH || parts.some((part) => part === "." || part === ".."))
    throw new InputError("no path of a group", {
      file,
      found: text,
      expected: `a path such as /web/worker, at most ${MAX_DEPTH} levels deep`,
    });
  return `/${parts.join("/")}`;
}
