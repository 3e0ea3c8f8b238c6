import { printable } from "../traces/input-error.ts";

/** Remarks of one kind that are kept word by word; the others are counted. */
const KEPT = 4;

/** Characters of one remark. */
const LONGEST = 1000;

/**
 * Remarks for the user, folded by kind and each said once: a file that gives the same cause three thousand times gets a handful of lines.
 * Files say what they like, so nothing in a remark reaches a terminal as a control character.
 */
export class Notes {
  private readonly kinds = new Map<string, { kept: string[]; more: number }>();

  add(kind: string, text: string): void {
    const known = this.kinds.get(kind);
    const entry = known ?? { kept: [], more: 0 };
    if (!known) this.kinds.set(kind, entry);
    const shown = printable(text, LONGEST);
    if (entry.kept.includes(shown)) return;
    if (entry.kept.length < KEPT) entry.kept.push(shown);
    else entry.more++;
  }

  /** All remarks; kinds in the order of their first. */
  list(): string[] {
    return [...this.kinds.values()].flatMap(({ kept, more }) =>
      more === 0 ? kept : [...kept, `and ${more} more remarks of this kind`],
    );
  }
}
