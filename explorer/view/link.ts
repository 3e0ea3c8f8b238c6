/** Shortest part of time that can be in view, ns. */
export const LEAST_NS = 1000;

/** The words behind the # of a link. */
export class LinkWords {
  private readonly given: URLSearchParams;

  constructor(hash: string) {
    this.given = new URLSearchParams(hash.slice(1));
  }

  number(name: string, otherwise: number): number {
    const text = this.given.get(name);
    return text !== null && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : otherwise;
  }

  get wantsTelling(): boolean {
    return this.given.get("forced") === "most";
  }
}

/**
 * The part of time that a link shows.
 * @param tellingNs When the most telling forced migration of a run was; undefined: nobody was forced.
 */
export function viewOf(
  hash: string,
  durationNs: number,
  tellingNs: (run: number) => number | undefined,
): { from: number; to: number } {
  const words = new LinkWords(hash);
  const telling = words.wantsTelling ? tellingNs(words.number("run", 0)) : undefined;
  if (telling !== undefined) return within(telling - 50e6, telling + 20e6, durationNs);
  const [from, to] = [words.number("from", 0), words.number("to", durationNs)];
  return within(from, from < to ? to : durationNs, durationNs);
}

/** The same part, within the run and no shorter than LEAST_NS. */
export function within(from: number, to: number, durationNs: number): { from: number; to: number } {
  const length = Math.min(durationNs, Math.max(LEAST_NS, to - from));
  const start = Math.min(Math.max(0, from), durationNs - length);
  return { from: start, to: start + length };
}
