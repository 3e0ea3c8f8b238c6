/**
 * Finding the distinct values of a column.
 *
 * Invariant D1: after a successful call, `values[indices[i]]` is the i-th value, and `values` is in order of first
 * appearance, so that equal columns give equal bytes.
 */

/** More distinct numbers than this and a column is better served by deltas. */
export const MAX_DISTINCT = 1024;
const SLOTS = 4096;
const SHIFT = 20; // 32 - log2(SLOTS)

const slotEntry = new Int16Array(SLOTS);
const found = new Float64Array(MAX_DISTINCT);

/**
 * The distinct numbers of `data[0 .. count-1]`, their positions written to `indices`; null when there are more than
 * `MAX_DISTINCT`. The result is a view that the next call overwrites.
 */
export function distinctNumbers(
  data: Float64Array,
  count: number,
  indices: Uint32Array,
): Float64Array | null {
  slotEntry.fill(-1);
  let size = 0;
  let last = Number.NaN;
  let lastIndex = 0;
  for (let i = 0; i < count; i++) {
    const value = data[i];
    if (value !== last) {
      let slot = Math.imul(value | 0, 0x9e3779b1) >>> SHIFT;
      let entry = slotEntry[slot];
      while (entry >= 0 && found[entry] !== value) {
        slot = (slot + 1) & (SLOTS - 1);
        entry = slotEntry[slot];
      }
      if (entry < 0) {
        if (size === MAX_DISTINCT) return null;
        found[size] = value;
        entry = size++;
        slotEntry[slot] = entry;
      }
      last = value;
      lastIndex = entry;
    }
    indices[i] = lastIndex;
  }
  return found.subarray(0, size);
}

/** The distinct texts of `data[0 .. count-1]`, their positions written to `indices`. */
export function distinctTexts(data: readonly string[], count: number, indices: Uint32Array): string[] {
  const entries = new Map<string, number>();
  const values: string[] = [];
  let last: string | undefined;
  let lastIndex = 0;
  for (let i = 0; i < count; i++) {
    const value = data[i];
    if (value !== last) {
      let entry = entries.get(value);
      if (entry === undefined) {
        entry = values.length;
        entries.set(value, entry);
        values.push(value);
      }
      last = value;
      lastIndex = entry;
    }
    indices[i] = lastIndex;
  }
  return values;
}
