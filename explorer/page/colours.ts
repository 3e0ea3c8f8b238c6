/**
 * Colours of tasks: the eight of Okabe and Ito, which people with each of the colour-vision deficiencies can tell apart, then the
 * same lighter and darker, with stripes one way and the other. Names and lanes tell the rest.
 */
const BASE: readonly (readonly [number, number, number])[] = [
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [240, 228, 66],
  [120, 120, 120],
];

const mix = (rgb: readonly number[], to: number, share: number): string =>
  `rgb(${rgb.map((c) => Math.round(c + (to - c) * share)).join(",")})`;

const COLOURS: readonly string[] = [
  ...BASE.map((rgb) => mix(rgb, 0, 0)),
  ...BASE.map((rgb) => mix(rgb, 255, 0.45)),
  ...BASE.map((rgb) => mix(rgb, 0, 0.4)),
];
/** Ink that can be read on each of them. */
const INKS: readonly string[] = COLOURS.map((colour) => {
  const [r, g, b] = colour.match(/\d+/g)!.map(Number);
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#000" : "#fff";
});

export const colourOf = (task: number): string => COLOURS[task % COLOURS.length];
export const inkOn = (task: number): string => INKS[task % INKS.length];

/** Stripes of a task, up or down to the right; 0: none. */
export const stripesOf = (task: number): 0 | 1 | 2 =>
  Math.floor((task % COLOURS.length) / BASE.length) as 0 | 1 | 2;
