import { unpackRun } from "../data/pack.ts";
import { firstDifference } from "../view/compare.ts";
import { unpackOverview } from "../view/overview.ts";
import { IndexedRun } from "../view/runs.ts";
import { Details } from "./details.ts";
import { el, link } from "./dom.ts";
import { keysHelp, listenToKeys } from "./keys.ts";
import { Lists } from "./lists.ts";
import { showPreview } from "./preview.ts";
import { search } from "./search.ts";
import { Store } from "./state.ts";
import { Timeline } from "./timeline.ts";

/** What stands in the page as gzip in base64, by its kind. */
const packed = (kind: string): Promise<Uint8Array[]> =>
  Promise.all(
    [...document.querySelectorAll(`script[data-kind=${kind}]`)].map((each) =>
      unzip(bytesOf(each.textContent!)),
    ),
  );

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** What has been drawn is seen; in a page that nobody looks at there are no frames to wait for. */
const painted = (): Promise<unknown> =>
  Promise.race([
    new Promise((seen) => requestAnimationFrame(() => setTimeout(seen))),
    new Promise((late) => setTimeout(late, 100)),
  ]);

/** The runs stand behind the code, which is at work before they are read. */
const isRead = (): Promise<unknown> | undefined =>
  document.readyState === "loading"
    ? new Promise((read) => document.addEventListener("DOMContentLoaded", read, { once: true }))
    : undefined;

async function start(): Promise<void> {
  const main = document.querySelector("main")!;
  showPreview(main, (await packed("overview")).map(unpackOverview));
  await painted();
  performance.mark("preview");
  await isRead();
  const runs = (await packed("run")).map((bytes) => new IndexedRun(unpackRun(bytes)));
  const store = new Store(runs);
  const difference = runs.length > 1 ? firstDifference(runs[0].run, runs[1].run) : undefined;
  const timelines = runs.map((_, i) => new Timeline(store, i, difference));
  const details = new Details(store);
  const lists = new Lists(store, difference);
  listenToKeys(store);
  main.replaceChildren(
    el(
      "div",
      { class: "bar", role: "toolbar", "aria-label": "View" },
      search(store),
      link("in", () => store.zoom(0.5), { "aria-label": "Zoom in" }),
      link("out", () => store.zoom(2), { "aria-label": "Zoom out" }),
      link("all", () => store.set({ from: 0, to: store.durationNs }), { "aria-label": "Show the whole run" }),
      keysHelp(),
    ),
    el(
      "div",
      { class: "upper" },
      el("div", { class: "timelines" }, ...timelines.map(({ element }) => element)),
      details.element,
    ),
    details.spoken,
    lists.element,
  );
  await painted();
  performance.mark("ready");
  document.documentElement.dataset.ready = "yes";
}

start().catch((error: unknown) => {
  document.querySelector("main")!.textContent =
    `The page could not be shown: ${String(error)}. It needs a browser of 2023 or newer.`;
  console.error(error);
});
