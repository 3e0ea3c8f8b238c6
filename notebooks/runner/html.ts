import { marked } from "marked";
import { PAGE_STYLE } from "../figures/page-style.ts";
import type { ExecutedNotebook } from "./execute.ts";
import { escapeHtml } from "./session.ts";

/** The notebook as one HTML file that needs nothing else: no scripts, no network. */
export function toHtml(notebook: ExecutedNotebook): string {
  let code = 0;
  const body = notebook.cells.map((cell) => {
    if (cell.kind === "markdown") return `<section>${marked.parse(cell.source, { async: false })}</section>`;
    const outputs = (notebook.outputs[code++] ?? []).map((o) => {
      if (o.type === "html") return `<div class="out">${o.html}</div>`;
      if (o.type === "text") return `<pre class="out">${escapeHtml(o.text)}</pre>`;
      return `<pre class="out error">${escapeHtml(`${o.name}: ${o.message}`)}</pre>`;
    });
    return `<pre class="code"><code>${escapeHtml(cell.source)}</code></pre>${outputs.join("\n")}`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(notebook.name)}</title><style>${PAGE_STYLE}</style></head>
<body><main>
${body.join("\n")}
</main></body></html>
`;
}
