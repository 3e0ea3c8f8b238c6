import { marked } from "marked";
import { html, markup, page } from "../../report/html.ts";
import type { ExecutedNotebook } from "./execute.ts";

/** The notebook as one HTML file that needs nothing else: no scripts, no network. */
export function toHtml(notebook: ExecutedNotebook): string {
  let code = 0;
  const body = notebook.cells.map((cell) => {
    if (cell.kind === "markdown")
      return html`<section>${markup(marked.parse(cell.source, { async: false }))}</section>`;
    const outputs = (notebook.outputs[code++] ?? []).map((o) => {
      if (o.type === "html") return html`<div class="out">${markup(o.html)}</div>`;
      if (o.type === "text") return html`<pre class="out">${o.text}</pre>`;
      return html`<pre class="out error">${`${o.name}: ${o.message}`}</pre>`;
    });
    return html`<pre class="code"><code>${cell.source}</code></pre>${outputs}`;
  });
  return page(notebook.name, body);
}
