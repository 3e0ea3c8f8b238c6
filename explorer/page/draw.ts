import { lowerBound } from "../view/lower-bound.ts";
import { moment } from "../view/numbers.ts";
import type { IndexedRun } from "../view/runs.ts";
import { firstAt } from "../view/runs.ts";
import { colourOf, inkOn, stripesOf } from "./colours.ts";
import { shownName } from "./dom.ts";
import type { Lane, Lanes } from "./lanes.ts";
import { AXIS, GUTTER, type Layout, RUN_HEIGHT, WAIT_HEIGHT } from "./layout.ts";
import type { Sheet } from "./sheet.ts";
import type { State } from "./state.ts";
import { stripePattern } from "./stripes.ts";

/** Where the parts of a frame are told what they need. */
export interface Frame extends Sheet {
  indexed: IndexedRun;
  lanes: Lanes;
  state: State;
  /** What is selected is in this run. */
  isOwn: boolean;
  /** The task that is selected in this run; -1: none. */
  task: number;
  /** All moves, in the order of time: those by force, other ones of the balancer, the rest. */
  moves: readonly Int32Array[];
}

/** A part of a level is at most so wide, px. */
export const PART_PX = 2;
/** Slices at least so wide show their task's stripes, px. */
const STRIPED = 6;
/** Slices wider than this carry their task's name, px. */
const NAMED = 34;
/** Most bars of waiting tasks that are drawn upon each other. */
const MOST_WAITING = 4;

/** Who runs: slices where there are few, parts of a level where there are many. */
export function drawRunning(frame: Frame, lane: Lane): void {
  const { indexed, nsPerPx } = frame;
  const rows = indexed.slicesOfCpu.of(lane.cpu);
  const level = lane.levels.levelFor(PART_PX * nsPerPx);
  if (level < 0) drawSlices(frame, lane, rows);
  else drawParts(frame, lane, level, frame.task);
}

/** @param task The one that stands out; -1: none. */
export function drawParts(
  { ctx, from, to, width, xOf }: Sheet,
  { top, levels }: Pick<Lane, "top" | "levels">,
  level: number,
  task = -1,
): void {
  const part = levels.partNs * 2 ** level;
  const busy = levels.busy[level];
  const tasks = levels.task[level];
  const last = Math.min(busy.length - 1, Math.floor(to / part));
  let style = "";
  for (let i = Math.max(0, Math.floor(from / part)); i <= last; i++) {
    const share = busy[i];
    if (share === 0) continue;
    const x = Math.max(GUTTER, xOf(i * part));
    const wide = Math.min(width, xOf((i + 1) * part)) - x;
    const colour = colourOf(tasks[i]);
    if (colour !== style) ctx.fillStyle = style = colour;
    ctx.globalAlpha = task >= 0 && tasks[i] !== task ? 0.25 : 1;
    const height = Math.max(1, share * RUN_HEIGHT);
    ctx.fillRect(x, top + RUN_HEIGHT - height, wide, height);
  }
  ctx.globalAlpha = 1;
}

function drawSlices(
  { ctx, indexed, from, to, task, theme, width, xOf, nsPerPx }: Frame,
  lane: Lane,
  rows: Int32Array,
): void {
  const { slices, tasks } = indexed.run;
  const { start, length } = slices;
  let i = Math.max(0, firstAt(rows, start, from) - 1);
  let style = "";
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  for (; i < rows.length; i++) {
    const row = rows[i];
    if (start[row] > to) break;
    const end = start[row] + length[row];
    if (end < from) continue;
    const x = Math.max(GUTTER, xOf(start[row]));
    const wide = Math.min(width, xOf(end)) - x;
    const own = slices.task[row];
    const colour = colourOf(own);
    if (colour !== style) ctx.fillStyle = style = colour;
    ctx.globalAlpha = task >= 0 && own !== task ? 0.25 : 1;
    ctx.fillRect(
      x,
      lane.top,
      Math.max(length[row] / nsPerPx < 1 ? 0.5 : 1, wide - (wide > 3 ? 0.5 : 0)),
      RUN_HEIGHT,
    );
    const stripes = stripesOf(own);
    if (stripes !== 0 && wide >= STRIPED) {
      ctx.fillStyle = stripePattern(ctx, stripes);
      ctx.fillRect(x, lane.top, wide - 0.5, RUN_HEIGHT);
      style = "";
    }
    if (wide < NAMED) continue;
    ctx.fillStyle = inkOn(own);
    style = "";
    const letters = Math.floor((wide - 6) / 6);
    ctx.fillText(shownName(tasks[own].comm, letters), x + 3, lane.top + RUN_HEIGHT / 2 + 0.5);
  }
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.ink;
}

/** How many wait for the CPU, as bars: each number from its beginning to its end, or means where there are many. */
export function drawWaiting(frame: Frame, lane: Lane): void {
  const level = lane.waitLevels.levelFor(PART_PX * frame.nsPerPx);
  if (level < 0) drawWaitCounts(frame, lane);
  else drawWaitParts(frame, lane, level);
}

function drawWaitCounts({ ctx, from, to, theme, width, xOf }: Sheet, lane: Lane): void {
  ctx.fillStyle = theme.wait;
  const top = lane.top + RUN_HEIGHT + 1;
  const { times, counts } = lane.waiting;
  for (let i = Math.max(0, lowerBound(times, from) - 1); i < times.length && times[i] <= to; i++) {
    const x = Math.max(GUTTER, xOf(times[i]));
    const end = Math.min(width, xOf(times[i + 1] ?? times[i]));
    if (end > x) bars(ctx, x, Math.max(0.5, end - x), counts[i], top);
  }
}

/** Means of how many wait. */
export function drawWaitParts(
  { ctx, from, to, theme, width, xOf }: Sheet,
  { top, waitLevels }: Pick<Lane, "top" | "waitLevels">,
  level: number,
): void {
  ctx.fillStyle = theme.wait;
  const part = waitLevels.partNs * 2 ** level;
  const means = waitLevels.busy[level];
  const last = Math.min(means.length - 1, Math.floor(to / part));
  for (let i = Math.max(0, Math.floor(from / part)); i <= last; i++) {
    const x = Math.max(GUTTER, xOf(i * part));
    bars(ctx, x, Math.min(width, xOf((i + 1) * part)) - x, means[i], top + RUN_HEIGHT + 1);
  }
}

function bars(ctx: CanvasRenderingContext2D, x: number, wide: number, n: number, top: number): void {
  if (n <= 0) return;
  const height = (Math.min(n, MOST_WAITING) / MOST_WAITING) * (WAIT_HEIGHT - 1);
  ctx.fillRect(x, top, wide, n < 0.1 ? height : Math.max(1.5, height));
}

/** Where the selected task waits: outlined, on the lane where it does. */
export function drawOwnWaits({ ctx, indexed, lanes, from, to, task, theme, width, xOf }: Frame): void {
  if (task < 0) return;
  const { waits } = indexed.run;
  const rows = indexed.waitsOfTask.of(task);
  ctx.strokeStyle = theme.force;
  ctx.lineWidth = 1;
  let drawn = -1;
  for (let i = Math.max(0, firstAt(rows, waits.start, from) - 1); i < rows.length; i++) {
    const row = rows[i];
    if (waits.start[row] > to) break;
    const end = Math.min(width, xOf(waits.start[row] + waits.length[row]));
    const lane = lanes.ofCpu[waits.cpu[row]];
    if (lane === undefined || end < Math.max(GUTTER, drawn + 1)) continue;
    const x = Math.max(GUTTER, xOf(waits.start[row]));
    drawn = end;
    ctx.strokeRect(x + 0.5, lane.top + RUN_HEIGHT + 1.5, Math.max(1, end - x - 1), WAIT_HEIGHT - 2);
  }
}

/** Lines and numbers of the clock, above the lanes. */
export function drawAxis({ ctx, from, to, theme, width, height, xOf, nsPerPx }: Sheet): void {
  const step = tick(90 * nsPerPx);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    const x = Math.round(xOf(time)) + 0.5;
    ctx.strokeStyle = theme.line;
    ctx.beginPath();
    ctx.moveTo(x, AXIS - 6);
    ctx.lineTo(x, height);
    ctx.stroke();
    ctx.fillStyle = theme.soft;
    if (x < width - 50) ctx.fillText(moment(time, step), x + 3, AXIS / 2 - 1);
  }
}

/** A step of 1, 2 or 5 times a power of ten that is at least so long. */
function tick(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least)!;
}

/** Names of lanes, and which share a core and a cache. */
export function drawLabels({ ctx, theme }: Sheet, { lanes, caches, cores, height }: Layout): void {
  ctx.fillStyle = theme.paper;
  ctx.fillRect(0, 0, GUTTER, height);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  ctx.fillStyle = theme.ink;
  for (const { top, label } of lanes) ctx.fillText(label, 13, top + RUN_HEIGHT / 2, GUTTER - 15);
  ctx.fillStyle = theme.soft;
  for (const { top, bottom, label } of caches) {
    ctx.fillRect(2, top, 3, bottom - top);
    ctx.fillText(label, 2, top - 7, GUTTER - 4);
  }
  for (const { top, bottom } of cores) ctx.fillRect(8, top, 1.5, bottom - top);
}
