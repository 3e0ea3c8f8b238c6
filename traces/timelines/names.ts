import type { TimelineTask } from "../timeline.ts";

/** Tasks that are remembered; a recording with more of them is read, but slower. */
const MOST = 65_536;

interface Known {
  /** As it stands in the text, a character per byte. */
  raw: string;
  task: TimelineTask;
}

/**
 * The tasks that rows name, each made once: most rows name a task as the row before did. A name is cut out of the text by
 * copying, for what is sliced from a string keeps the whole of it in memory.
 */
export class Names {
  private readonly tasks = new Map<number, Known>();

  /** The task whose comm stands at `from`..`to` of a text of one character per byte. */
  task(pid: number, text: string, from: number, to: number, prio: number): TimelineTask {
    const known = this.tasks.get(pid);
    if (
      known &&
      known.task.prio === prio &&
      known.raw.length === to - from &&
      text.startsWith(known.raw, from)
    )
      return known.task;
    const bytes = Buffer.from(text.slice(from, to), "latin1");
    const task = { pid, comm: commOf(bytes.toString("utf8")), prio };
    if (this.tasks.size >= MOST) this.tasks.clear();
    this.tasks.set(pid, { raw: bytes.toString("latin1"), task });
    return task;
  }
}

/** `<...>` is what the kernel says of a task whose name it has forgotten. */
const commOf = (text: string): string => (text === "<...>" ? "" : text);
