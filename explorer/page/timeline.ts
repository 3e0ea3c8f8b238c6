import { moment } from "../view/numbers.ts";
import { firstAt, type IndexedRun } from "../view/runs.ts";

import { el } from "./dom.ts";
import { drawAxis, drawLabels, drawOwnWaits, drawRunning, drawWaiting, type Frame } from "./draw.ts";
import { Lanes } from "./lanes.ts";
import { GUTTER, RUN_HEIGHT } from "./layout.ts";
import { drawArcs, drawPasses, ranked, type Target } from "./marks.ts";
import { openSheet } from "./sheet.ts";
import { NOTHING, type State, type Store } from "./state.ts";
import { type Theme, theme } from "./theme.ts";

/** Lanes so far out of sight are drawn, px. */
const NEARLY = 300;
/** How near a click has to be to what it means, px. */
const NEAR = 7;

/** One run on a canvas. Everything that can be done with a pointer here, lists and keys do too. */
export class Timeline {
  readonly element: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly note = el("p", { class: "note" });
  private readonly store: Store;
  private readonly index: number;
  private readonly indexed: IndexedRun;
  private readonly lanes: Lanes;
  private readonly moves: readonly Int32Array[];
  private readonly difference: number | undefined;
  private targets: Target[] = [];
  private theme: Theme = theme();
  private asked = false;

  /** @param difference When this run and the other one first differ, ns. */
  constructor(store: Store, index: number, difference: number | undefined) {
    this.store = store;
    this.index = index;
    this.indexed = store.runs[index];
    this.difference = difference;
    const { run } = this.indexed;
    this.lanes = new Lanes(this.indexed);
    this.moves = ranked(
      run,
      new Int32Array(run.moves.rows).map((_, i) => i),
    );
    this.canvas = el("canvas", {
      tabindex: 0,
      role: "img",
      "aria-label": `Timeline of ${run.cpus.length} CPUs: ${run.title}. The lists below hold the same; keys: arrows, plus, minus, n, p, f.`,
    });
    this.element = el(
      "section",
      { class: "timeline", "aria-label": run.title },
      el("h2", {}, el("bdi", {}, run.title)),
      this.canvas,
      this.note,
    );
    this.listen();
  }

  /** Draws soon, once for all that changes until then. */
  readonly redraw = (): void => {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  };

  private draw(): void {
    const began = performance.now();
    const { canvas, lanes, indexed, store } = this;
    const { state } = store;
    const size = { width: this.element.clientWidth, height: lanes.height };
    const isOwn = state.run === this.index;
    const frame: Frame = {
      ...openSheet(canvas, size, state, this.theme),
      ...{ indexed, lanes, state, isOwn, moves: this.moves },
      task: isOwn ? state.task : -1,
    };
    this.targets = [];
    drawAxis(frame);
    const { top } = canvas.getBoundingClientRect();
    for (const lane of lanes.lanes) {
      if (lane.top + top < -NEARLY || lane.top + top > innerHeight + NEARLY) continue;
      drawRunning(frame, lane);
      drawWaiting(frame, lane);
      drawPasses(frame, lane, this.targets);
    }
    drawOwnWaits(frame);
    const arcs = drawArcs(frame, this.targets);
    this.drawMoment(frame, this.difference, "first difference", [6, 3]);
    this.drawMoment(frame, indexed.run.durationNs, "end", [1, 3]);
    drawLabels(frame, lanes.layout);
    this.note.textContent = `${moment(state.from, state.to - state.from)} to ${moment(state.to, (state.to - state.from) / 100)}; ${arcs.shown < arcs.all ? `${arcs.shown} of ${arcs.all}` : arcs.all} migrations drawn`;
    canvas.dataset.frameMs = (performance.now() - began).toFixed(2);
    canvas.dataset.frames = String(Number(canvas.dataset.frames ?? 0) + 1);
  }

  private drawMoment(
    { ctx, state, theme, xOf, lanes }: Frame,
    time: number | undefined,
    label: string,
    dash: number[],
  ): void {
    if (time === undefined || time < state.from || time > state.to) return;
    const x = xOf(time);
    ctx.strokeStyle = theme.accent;
    ctx.fillStyle = theme.accent;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(x, 0);
    ctx.lineTo(x, lanes.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillText(label, x + 3, lanes.height - 6);
  }

  private timeAt(x: number): number {
    const { from, to } = this.store.state;
    return from + ((x - GUTTER) / (this.canvas.clientWidth - GUTTER)) * (to - from);
  }

  private listen(): void {
    const { canvas, store } = this;
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) store.pan(event.deltaX / 800);
        else store.zoom(1.0018 ** event.deltaY, this.timeAt(event.offsetX));
      },
      { passive: false },
    );
    let dragged: { x: number; state: State; moved: boolean } | undefined;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      dragged = { x: event.clientX, state: store.state, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!dragged) return;
      const by = event.clientX - dragged.x;
      if (Math.abs(by) > 3) dragged.moved = true;
      if (!dragged.moved) return;
      const { from, to } = dragged.state;
      const ns = (by / (canvas.clientWidth - GUTTER)) * (to - from);
      store.set({ from: from - ns, to: to - ns });
    });
    canvas.addEventListener("pointerup", (event) => {
      if (dragged && !dragged.moved)
        store.set({ ...NOTHING, run: this.index, ...this.whatLiesAt(event.offsetX, event.offsetY) });
      dragged = undefined;
    });
    canvas.addEventListener("pointercancel", () => {
      dragged = undefined;
    });
    canvas.addEventListener("dblclick", (event) => store.zoom(0.25, this.timeAt(event.offsetX)));
    new ResizeObserver(this.redraw).observe(this.element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.theme = theme();
      this.redraw();
    });
    store.listen(this.redraw);
    // lanes out of sight are not drawn
    addEventListener("scroll", this.redraw, { passive: true });
    this.redraw();
  }

  /** A pass, a move, or a task that runs. */
  private whatLiesAt(x: number, y: number): Partial<Pick<State, "pass" | "decision" | "task">> {
    const { run } = this.indexed;
    const distance = (t: Target) => Math.hypot(t.x - x, t.y - y);
    const near = this.targets.filter((t) => distance(t) <= NEAR);
    // what was drawn later lies above
    const nearest = near.reverse().sort((a, b) => distance(a) - distance(b))[0];
    if (nearest?.pass !== undefined) return { pass: nearest.pass };
    if (nearest?.move !== undefined) {
      const decision = run.moves.decision[nearest.move];
      return decision >= 0 ? { decision } : { task: run.moves.task[nearest.move] };
    }
    const lane = this.lanes.at(y);
    if (lane === undefined || y > lane.top + RUN_HEIGHT) return {};
    const rows = this.indexed.slicesOfCpu.of(lane.cpu);
    const time = this.timeAt(x);
    const row = rows[firstAt(rows, run.slices.start, time + 1) - 1];
    if (row === undefined || run.slices.start[row] + run.slices.length[row] < time) return {};
    return { task: run.slices.task[row] };
  }
}
