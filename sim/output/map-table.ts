import type { TimelineEvent, TimelineListener } from "../../traces/timeline.ts";
import { seconds } from "./ms.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Two characters for the n-th task, as perf gives them: A0, B0, … Z0, A1, … Z9; they repeat after 260 tasks. */
const shortName = (n: number): string => LETTERS[n % 26] + String(Math.floor(n / 26) % 10);

/**
 * The picture of `perf sched map`: a column for each of `cpus`, a line for each switch; `*` marks the CPU that switched, `.` an
 * idle CPU. A task is introduced by its name where it first appears.
 */
export function mapTable(cpus: readonly number[], write: (text: string) => void): TimelineListener {
  const names = new Map<number, string>();
  const columns = new Array<string>(cpus.length).fill("");
  const columnOf = new Map(cpus.map((cpu, i) => [cpu, i]));
  return (event: TimelineEvent) => {
    if (event.type !== "switch") return;
    const { time, cpu, next } = event;
    let introduction = "";
    let name = ". ";
    if (next.pid !== 0) {
      name = names.get(next.pid) ?? "";
      if (!name) {
        name = shortName(names.size);
        names.set(next.pid, name);
        introduction = ` ${name} => ${next.comm}:${next.pid}`;
      }
    }
    const column = columnOf.get(cpu)!;
    columns[column] = name;
    const cells = columns.map((c, i) => `${i === column ? "*" : " "}${c.padEnd(2)}`).join(" ");
    write(`  ${cells}  ${seconds(time).padStart(14)} secs${introduction}\n`);
  };
}
