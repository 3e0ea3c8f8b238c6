import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { PageCode } from "./bundle.ts";
import { packRun } from "./data/pack.ts";
import type { ExplorerRun } from "./data/run.ts";
import { packOverview } from "./view/overview.ts";

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** What a browser may do with the page: run its own code and style, and reach nothing. */
export const policyOf = ({ script, style }: PageCode): string =>
  `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`;

const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, "");

const dataOf = (kind: string, bytes: Uint8Array): string =>
  `<script type="application/gzip" data-kind="${kind}">${gzipSync(bytes).toString("base64")}</script>`;

/**
 * The explorer with its runs, one or two, as one file that needs no other. Overviews and code stand before the runs: what they show is
 * seen while the runs are still being read.
 */
export function explorerPage(runs: readonly ExplorerRun[], code: PageCode): string {
  const title = `nicetries: ${runs.map((run) => run.title).join(" | ")}`;
  return sealed(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policyOf(code)}">
<meta name="viewport" content="width=device-width"><title>${escaped(title.slice(0, 200))}</title><style>${code.style}</style></head>
<body><h1>nicetries explore</h1><main><p>Reading the run ...</p><noscript>The explorer needs JavaScript.</noscript></main>
${runs.map((run) => dataOf("overview", packOverview(run))).join("\n")}
<script>${code.script}</script>
${runs.map((run) => dataOf("run", packRun(run))).join("\n")}
</body></html>
`);
}

const seal = (text: string): string => `<!-- sha256 ${createHash("sha256").update(text).digest("hex")} -->\n`;
const SEAL_LENGTH = seal("").length;

/** A page that tells at its end what it should be: one that was cut off or changed is known. */
const sealed = (text: string): string => text + seal(text);

/** Whether the page is as explorerPage() made it. */
export const isWholePage = (page: string): boolean =>
  page.length > SEAL_LENGTH && page.slice(-SEAL_LENGTH) === seal(page.slice(0, -SEAL_LENGTH));
