import type { ReplayTask } from "../../sim/workload/replay/replay.ts";
import { RequestError } from "../../traces/input-error.ts";

/**
 * A choice of tasks, as people write it: names and pids between commas, `*` for any characters, `!` before those to leave out:
 * `postgres*,!postgres-log,4711`. A list of only those to leave out takes all others.
 * @throws RequestError for an empty one
 */
export function taskChooser(text: string): (task: ReplayTask) => boolean {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.some((part) => part === "" || part === "!"))
    throw new RequestError("tasks", "needs names or pids between commas, such as postgres*,!kworker*,4711", {
      found: text,
    });
  const out = parts.filter((part) => part.startsWith("!")).map((part) => chooser(part.slice(1)));
  const taken = parts.filter((part) => !part.startsWith("!")).map(chooser);
  return (task) =>
    (taken.length === 0 || taken.some((matches) => matches(task))) && !out.some((matches) => matches(task));
}

function chooser(pattern: string): (task: ReplayTask) => boolean {
  if (/^\d+$/.test(pattern)) return ({ pid, comm }) => pid === Number(pattern) || comm === pattern;
  const pieces = pattern.split("*");
  return ({ comm }) => isMade(comm, pieces);
}

/** Whether the text is the pieces, in their order, with anything between them; in linear time. */
function isMade(text: string, pieces: readonly string[]): boolean {
  if (pieces.length === 1) return text === pieces[0];
  const first = pieces[0];
  const last = pieces[pieces.length - 1];
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
