/**
 * One-way ANOVA F of a column between the two classes: the score of the thesis's Tables 5.4, 5.6 and 5.7.
 *
 * F = (SUM_c n_c (m_c - m)^2 / (k - 1)) / (SUM_c SUM_i (x_i - m_c)^2 / (n - k)), with k = 2 classes. Infinite when the
 * column separates the classes without any variance within them; 0 when it is constant; NaN with fewer than two classes.
 */
export function anovaF(column: ArrayLike<number>, labels: Uint8Array, rows: Uint32Array): number {
  const sum = [0, 0];
  const count = [0, 0];
  for (const r of rows) {
    const x = column[r];
    if (Number.isNaN(x)) continue;
    sum[labels[r]] += x;
    count[labels[r]]++;
  }
  const n = count[0] + count[1];
  if (count[0] === 0 || count[1] === 0 || n <= 2) return Number.NaN;
  const means = [sum[0] / count[0], sum[1] / count[1]];
  const mean = (sum[0] + sum[1]) / n;
  let within = 0;
  for (const r of rows) {
    const x = column[r];
    if (!Number.isNaN(x)) within += (x - means[labels[r]]) ** 2;
  }
  const between = count[0] * (means[0] - mean) ** 2 + count[1] * (means[1] - mean) ** 2;
  if (between === 0) return 0;
  return between / (within / (n - 2));
}
