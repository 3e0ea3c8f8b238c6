/**
 * The sigmoid in integers: one look-up, no interpolation.
 *
 * z is a 16-bit integer in units of 2^-12, so it covers [-8, 8). Its upper 11 bits choose one of 2048 cells of width
 * 1/128; the table holds the sigmoid of each cell's middle in units of 2^-15:
 *     y = TABLE[(z >> 5) & 2047]
 * Within a cell the sigmoid differs from its middle by at most 1/256 * 1/4, and rounding adds 2^-16; beyond +-8 the
 * saturated z costs at most sigmoid(-8) = 0.000335:
 *     |y / 2^15 - sigmoid(sum)| < SIGMOID_ERROR = 1/1024 + 2^-16 < 0.001
 * The table is indexed by the cell number modulo 2048 (non-negative z first), as C's unsigned shift gives it.
 * kernel-bridge/inference/nt_sigmoid.h is generated from here (`npm run generate`).
 */

/** Fraction bits of z and of y. */
export const SIGMOID_Z_FRAC = 12;
export const SIGMOID_Y_FRAC = 15;
/** z >> this = cell. */
export const SIGMOID_CELL_SHIFT = 5;
export const SIGMOID_CELLS = 2048;
export const SIGMOID_ERROR = 1 / 1024 + 2 ** -16;

/** [2048] int16: sigmoid of the middle of each cell. */
export const SIGMOID_TABLE: Int16Array = Int16Array.from({ length: SIGMOID_CELLS }, (_, index) => {
  const cell = index < SIGMOID_CELLS / 2 ? index : index - SIGMOID_CELLS;
  const middle = (cell + 0.5) / 128;
  return Math.round(2 ** SIGMOID_Y_FRAC / (1 + Math.exp(-middle)));
});

/** y for a z in [-32768, 32767]. */
export function fixedSigmoid(z: number): number {
  return SIGMOID_TABLE[(z >> SIGMOID_CELL_SHIFT) & (SIGMOID_CELLS - 1)];
}
