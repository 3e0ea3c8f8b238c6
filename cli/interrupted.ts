import { note } from "./output.ts";

/**
 * Has a person told how to go on when a signal ends this process; the function returned takes it back. For work that leaves
 * something to go on with.
 * @param text What to say; undefined where there is nothing to go on with yet.
 */
export function whenInterrupted(text: () => string | undefined): () => void {
  const say = (code: number) => {
    const words = code > 128 ? text() : undefined;
    if (words !== undefined) note(words);
  };
  process.on("exit", say);
  return () => void process.removeListener("exit", say);
}
