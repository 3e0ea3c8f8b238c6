import { type ExplorerRun, MOVE_KINDS } from "../data/run.ts";
import { firstAt } from "../view/runs.ts";
import { fate } from "../view/words.ts";
import type { Frame } from "./draw.ts";
import type { Lane } from "./lanes.ts";
import { GUTTER, MARK_HEIGHT, RUN_HEIGHT, WAIT_HEIGHT } from "./layout.ts";

/** What was drawn where a reader may click, in px. */
export interface Target {
  x: number;
  y: number;
  /** A pass, or a move. */
  pass?: number;
  move?: number;
}

/** Passes nearer to each other than this are one mark, px. */
const APART = 4;
/** Most arcs of a frame. */
const MOST_ARCS = 400;
const BALANCED = [MOVE_KINDS.indexOf("balance"), MOVE_KINDS.indexOf("active")];

/** Balance passes of the lane's CPU: a triangle that moved somebody, a cross that failed, a dot for all others. */
export function drawPasses(frame: Frame, lane: Lane, targets: Target[]): void {
  drawSome(frame, lane.passes, "dot", lane.top, targets);
  drawSome(frame, lane.failed, "cross", lane.top, targets);
  drawSome(frame, lane.moving, "triangle", lane.top, targets);
  ringChosen(frame, lane);
}

type Shape = "triangle" | "cross" | "dot";

const middleOf = (top: number): number => top + RUN_HEIGHT + WAIT_HEIGHT + MARK_HEIGHT / 2;

function drawSome(frame: Frame, rows: Int32Array, shape: Shape, top: number, targets: Target[]): void {
  const { ctx, indexed, state, theme, xOf, nsPerPx } = frame;
  const { time } = indexed.run.passes;
  const y = middleOf(top);
  ctx.fillStyle = { triangle: theme.move, cross: theme.fail, dot: theme.soft }[shape];
  let i = firstAt(rows, time, state.from);
  while (i < rows.length && time[rows[i]] <= state.to) {
    const pass = rows[i];
    const x = xOf(time[pass]);
    mark(ctx, x, y, shape);
    targets.push({ x, y, pass });
    i = Math.max(i + 1, firstAt(rows, time, time[pass] + APART * nsPerPx));
  }
}

function ringChosen({ ctx, indexed, isOwn, state, theme, xOf }: Frame, lane: Lane): void {
  const { passes } = indexed.run;
  if (!isOwn || state.pass < 0 || passes.cpu[state.pass] !== lane.cpu) return;
  const x = xOf(passes.time[state.pass]);
  if (x < GUTTER) return;
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.arc(x, middleOf(lane.top), 6, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.lineWidth = 1;
}

function mark(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  shape: "triangle" | "cross" | "dot",
): void {
  ctx.beginPath();
  if (shape === "dot") ctx.rect(x - 1, y - 1, 2, 2);
  else if (shape === "triangle") {
    ctx.moveTo(x, y - 4);
    ctx.lineTo(x + 4, y + 3);
    ctx.lineTo(x - 4, y + 3);
  } else {
    ctx.rect(x - 3, y - 1, 6, 2);
    ctx.rect(x - 1, y - 3, 2, 6);
  }
  ctx.fill();
}

/** How many moves a frame has, and how many of them are drawn. */
export interface ArcCount {
  shown: number;
  all: number;
}

/**
 * Moves from lane to lane: thick where by force, thin by the balancer, dashed as they woke. Where there are too many, those by force
 * come first, then those of the balancer.
 */
export function drawArcs(frame: Frame, targets: Target[]): ArcCount {
  const { indexed, state, task } = frame;
  const { time } = indexed.run.moves;
  const ranks = (task >= 0 ? ranked(indexed.run, indexed.movesOfTask.of(task)) : frame.moves).map((all) =>
    all.subarray(firstAt(all, time, state.from), firstAt(all, time, state.to)),
  );
  const inView = ranks.reduce((sum, rows) => sum + rows.length, 0);
  let left = MOST_ARCS;
  for (const [rank, rows] of ranks.entries()) {
    // some of very many, evenly
    // where there are many, who ran is to be seen through them
    frame.ctx.globalAlpha = rank === 0 ? 1 : Math.max(0.3, Math.min(1, 60 / Math.max(1, inView)));
    const step = Math.max(1, Math.ceil(rows.length / Math.max(1, left)));
    for (let i = 0; i < rows.length && left > 0; i += step) {
      drawArc(frame, rows[i], rank, targets);
      left--;
    }
  }
  frame.ctx.globalAlpha = 1;
  return { shown: MOST_ARCS - left, all: inView };
}

/** Moves by force, other ones of the balancer, the rest; each in their order. */
export function ranked(run: ExplorerRun, rows: Int32Array): Int32Array[] {
  const { kind, decision } = run.moves;
  const isForced = (move: number) => decision[move] >= 0 && fate(run, decision[move]) === "forced";
  const rankOf = (move: number) => (isForced(move) ? 0 : BALANCED.includes(kind[move]) ? 1 : 2);
  return [0, 1, 2].map((rank) => rows.filter((move) => rankOf(move) === rank));
}

function drawArc(
  { ctx, indexed, lanes, theme, xOf }: Frame,
  move: number,
  rank: number,
  targets: Target[],
): void {
  const { moves } = indexed.run;
  const [from, to] = [lanes.ofCpu[moves.from[move]], lanes.ofCpu[moves.to[move]]];
  if (from === undefined || to === undefined) return;
  const x = xOf(moves.time[move]);
  const [y0, y1] = [from.top + RUN_HEIGHT / 2, to.top + RUN_HEIGHT / 2];
  const bend = Math.min(26, 6 + Math.abs(y1 - y0) / 8);
  ctx.strokeStyle = rank === 0 ? theme.force : rank === 1 ? theme.move : theme.soft;
  ctx.lineWidth = rank === 0 ? 2.5 : 1.2;
  ctx.setLineDash(rank === 2 ? [2, 3] : []);
  ctx.beginPath();
  ctx.moveTo(x, y0);
  ctx.quadraticCurveTo(x + 2 * bend, (y0 + y1) / 2, x, y1);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.fillStyle = ctx.strokeStyle;
  ctx.arc(x, y1, rank === 0 ? 3.5 : 2, 0, 2 * Math.PI);
  ctx.fill();
  ctx.lineWidth = 1;
  targets.push({ x: x + bend, y: (y0 + y1) / 2, move }, { x, y: y1, move });
}
