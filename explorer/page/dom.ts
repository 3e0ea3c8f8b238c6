/** Elements out of texts: a name from a trace never becomes markup. */

export type Child = Node | string | number | null | undefined;

type Given = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;

/** An element with attributes (`on...`: listeners) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  given: Given = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children)
    if (child !== null && child !== undefined) element.append(isNode(child) ? child : String(child));
  return element;
}

const isNode = (child: Child): child is Node => typeof child === "object" && child !== null;

/** A name as it can be shown: what controls a terminal or the direction of text is shown as what it is. */
export function shownName(name: string, most = 60): string {
  const safe = name.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
  const letters = [...safe];
  return letters.length > most ? `${letters.slice(0, most).join("")}…` : safe;
}

/** A name in a text of another direction. */
export const nameOf = (name: string, most?: number): HTMLElement =>
  el("bdi", { class: "name" }, shownName(name, most));

/** A button that looks like a link. */
export const link = (
  label: Child | readonly Child[],
  act: () => void,
  given: Given = {},
): HTMLButtonElement =>
  el(
    "button",
    { type: "button", class: "link", ...given, onclick: act },
    ...(Array.isArray(label) ? label : [label as Child]),
  );

/** A table; numbers to the right. */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const numeric = header.map(
    (_, i) =>
      rows.length > 0 &&
      rows.every(
        (row) =>
          row[i] === null || typeof row[i] === "number" || /^[-+–\d.,]+( [a-zµ%]+)?$/.test(String(row[i])),
      ),
  );
  const cell = (tag: "td" | "th", child: Child, i: number) =>
    el(
      tag,
      { class: numeric[i] ? "n" : undefined, scope: tag === "th" ? "col" : undefined },
      typeof child === "number"
        ? Number.isNaN(child)
          ? "–"
          : child.toLocaleString("en-US", { maximumFractionDigits: 2 })
        : child,
    );
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...header.map((text, i) => cell("th", text, i)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((child, i) => cell("td", child, i))))),
    ),
  );
}
