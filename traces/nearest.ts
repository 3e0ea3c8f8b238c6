/**
 * The candidate with the least edit distance to `name`, if it is near at all: for hints.
 * @param slips How far off is still near, at least; more in long names.
 */
export function nearest(name: string, candidates: readonly string[], slips = 2): string | undefined {
  let best: string | undefined;
  let least = Math.max(slips, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein's distance, two neighbours that changed places being one slip; long names are cut, for a hint needs no more. */
function editDistance(a: string, b: string): number {
  const left = a.slice(0, 40);
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (left[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && left[i - 1] === b[j - 2] && left[i - 2] === b[j - 1])
        next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
