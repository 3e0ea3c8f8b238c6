import { GUTTER } from "./layout.ts";
import type { Theme } from "./theme.ts";

/** A canvas that is drawn anew: its clock and its colours. */
export interface Sheet {
  ctx: CanvasRenderingContext2D;
  theme: Theme;
  /** The part of time in view, ns. */
  from: number;
  to: number;
  /** px */
  width: number;
  height: number;
  nsPerPx: number;
  xOf: (time: number) => number;
}

/** No canvas is higher than this, px. */
const MOST_HEIGHT = 32_000;

/** Brings a canvas to its size, empty. */
export function openSheet(
  canvas: HTMLCanvasElement,
  size: { width: number; height: number },
  { from, to }: { from: number; to: number },
  theme: Theme,
): Sheet {
  const { height } = size;
  const width = Math.max(200, size.width);
  const ratio = Math.min(devicePixelRatio || 1, MOST_HEIGHT / height);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext("2d")!;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = theme.paper;
  ctx.fillRect(0, 0, width, height);
  const nsPerPx = (to - from) / (width - GUTTER);
  return { ctx, theme, from, to, width, height, nsPerPx, xOf: (time) => GUTTER + (time - from) / nsPerPx };
}
