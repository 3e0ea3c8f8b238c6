import { viewOf } from "../view/link.ts";
import type { Overview } from "../view/overview.ts";
import { el } from "./dom.ts";
import { drawAxis, drawLabels, drawParts, drawWaitParts, PART_PX } from "./draw.ts";
import { layoutOf } from "./layout.ts";
import { openSheet } from "./sheet.ts";
import { theme } from "./theme.ts";

/** Shows the runs from afar, until the page itself stands. */
export function showPreview(main: Element, overviews: readonly Overview[]): void {
  const canvases = overviews.map(() => el("canvas", { role: "img", "aria-label": "The run from afar" }));
  main.replaceChildren(
    // as high as the bar that follows
    el(
      "div",
      { class: "bar" },
      el(
        "div",
        { class: "search" },
        el("input", { type: "search", disabled: true, "aria-label": "Search, soon" }),
      ),
    ),
    el(
      "div",
      { class: "upper" },
      el(
        "div",
        { class: "timelines" },
        ...overviews.map(({ title }, i) =>
          el("section", { class: "timeline" }, el("h2", {}, el("bdi", {}, title)), canvases[i]),
        ),
      ),
      el("aside", { class: "details" }, el("h2", {}, "Reading the run ...")),
    ),
  );
  const durationNs = Math.max(...overviews.map((each) => each.durationNs));
  const view = viewOf(location.hash, durationNs, (run) => overviews[run]?.tellingNs);
  for (const [i, overview] of overviews.entries()) draw(canvases[i], overview, view);
}

function draw(canvas: HTMLCanvasElement, overview: Overview, view: { from: number; to: number }): void {
  const layout = layoutOf(overview.cpus);
  const size = { width: canvas.parentElement!.clientWidth, height: layout.height };
  const sheet = openSheet(canvas, size, view, theme());
  drawAxis(sheet);
  for (const { cpu, top } of layout.lanes) {
    const { levels, waitLevels } = overview.lanes[cpu];
    const level = Math.max(0, levels.levelFor(PART_PX * sheet.nsPerPx));
    drawParts(sheet, { top, levels }, level);
    drawWaitParts(sheet, { top, waitLevels }, level);
  }
  drawLabels(sheet, layout);
}
