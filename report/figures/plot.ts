import "./fine-pixels.ts"; // before Plot

import * as Plot from "@observablehq/plot";
import { D3Node } from "d3-node";

delete (globalThis as { window?: unknown }).window;

/** Plot options as Observable Plot takes them; the document is supplied here. */
export type PlotOptions = Plot.PlotOptions;
export { Plot };

/** How wide a figure is drawn: beside its names, or for a phone, with names above what they are of. */
export type Form = "wide" | "narrow";

/** Width of a narrow figure, px: what a phone of 360 px has room for. */
export const NARROW = 330;

/**
 * Draws a figure as an SVG (or figure) string, without a browser. Coordinates are rounded to two decimals and class
 * names are fixed, so that the same data gives the same bytes and golden files stay readable.
 */
export function drawPlot(options: PlotOptions): string {
  const { document } = new D3Node();
  const element = Plot.plot({
    className: "plot",
    marginBottom: 44,
    marginRight: 28,
    style: { fontSize: "12px", background: "transparent", overflow: "visible" },
    ...options,
    document,
  });
  return roundNumbers((element as unknown as { outerHTML: string }).outerHTML);
}

/** Rounds every decimal number inside tags to two places; text between tags is left alone. */
export function roundNumbers(markup: string): string {
  return markup.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/-?\d+\.\d{3,}/g, (n) => String(Number(Number(n).toFixed(2)))),
  );
}
