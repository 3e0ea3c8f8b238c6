import { hardware } from "../../sim/chip/hardware.ts";
import type { TaskSpec } from "../../sim/workload/programme.ts";
import { openWorkload } from "../sources.ts";

/** As many as a simulation takes. */
const MOST = 200_000;

/** The tasks with which a workload begins on eight CPUs: their names and their groups. @throws InputError */
export function workloadTasks(path: string): { name: string; group: string | undefined }[] {
  const specs: TaskSpec[] = [];
  openWorkload([path]).setUp({
    cpus: 8,
    cpuNumbers: Array.from({ length: 8 }, (_, cpu) => cpu),
    hardware: hardware(),
    maxTasks: MOST,
    spawn: (spec) => specs.push(spec),
  });
  return specs.map(({ comm, name = comm, group }) => ({ name, group }));
}
