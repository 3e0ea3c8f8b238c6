import type { TimelineTask } from "../timeline.ts";
import { UNKNOWN_PRIO } from "./claim.ts";
import { standAt } from "./scanner.ts";

/** Tasks that are remembered; a recording with more of them is read, but slower. */
const MOST = 65_536;

interface Known {
  /** As it stands in the text. */
  raw: Buffer;
  task: TimelineTask;
}

/** The tasks that rows of text name, each made once: most rows name a task as a row before did. */
export class Names {
  private readonly tasks = new Map<number, Known>();

  /** The task whose comm stands at `from`..`to`. */
  task(pid: number, bytes: Buffer, from: number, to: number, prio: number): TimelineTask {
    const known = this.tasks.get(pid);
    if (
      known !== undefined &&
      known.task.prio === prio &&
      known.raw.length === to - from &&
      standAt(known.raw, bytes, from)
    )
      return known.task;
    const raw = Buffer.from(bytes.subarray(from, to));
    const task = { pid, comm: commOf(raw.toString("utf8")), prio };
    if (this.tasks.size >= MOST) this.tasks.clear();
    this.tasks.set(pid, { raw, task });
    return task;
  }
}

/** The same of formats that have pids and names in fields of their own. */
export class Tasks {
  private readonly known = new Map<number, TimelineTask>();

  of(pid: number, name: string | undefined, prio = UNKNOWN_PRIO): TimelineTask {
    const comm = commOf(name ?? "");
    const known = this.known.get(pid);
    if (known && known.comm === comm && known.prio === prio) return known;
    const task = { pid, comm, prio };
    if (this.known.size >= MOST) this.known.clear();
    this.known.set(pid, task);
    return task;
  }
}

/** `<...>` is what the kernel says of a task whose name it has forgotten. */
const commOf = (text: string): string => (text === "<...>" ? "" : text);
