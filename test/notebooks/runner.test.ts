import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { executeNotebook } from "../../notebooks/runner/execute.ts";
import { toHtml } from "../../notebooks/runner/html.ts";
import { toIpynb } from "../../notebooks/runner/ipynb.ts";
import { parseNotebook } from "../../notebooks/runner/parse.ts";

const SESSION = fileURLToPath(new URL("../../notebooks/runner/session.ts", import.meta.url));

describe("the notebook runner", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-test-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const write = (text: string) => {
    const file = join(dir, "sample.nb.ts");
    writeFileSync(file, text);
    return file;
  };

  it("splits a percent-format file into text and code", () => {
    const cells = parseNotebook(
      "\n// %% [markdown]\n// # Title\n//\n// text\n\n// %%\nconst a = 1;\n\n",
      "f",
    );
    expect(cells).to.deep.equal([
      { kind: "markdown", line: 2, source: "# Title\n\ntext" },
      { kind: "code", line: 7, source: "const a = 1;" },
    ]);
  });

  it("refuses unknown cell types, stray text and code in Markdown, with their line", () => {
    expect(() => parseNotebook("// %% [raw]\n", "f.nb.ts")).to.throw("f.nb.ts:1: unknown cell type");
    expect(() => parseNotebook("let x;\n", "f.nb.ts")).to.throw("f.nb.ts:1: text before the first cell");
    expect(() => parseNotebook("// %% [markdown]\nlet x;\n", "f.nb.ts")).to.throw("f.nb.ts:2: code inside");
  });

  it("shares variables between cells and keeps each cell's output with it", async () => {
    const file = write(`// %%
import { showText, showTable, showHtml } from ${JSON.stringify(SESSION)};
const x = await Promise.resolve(20);
showText("first");
// %% [markdown]
// **bold** <b>
// %%
showText(String(x + 1));
showTable([{ name: "<a>", value: x }]);
showHtml("<svg></svg>");
`);
    const notebook = await executeNotebook(file);
    expect(notebook.outputs.map((o) => o.map((p) => p.type))).to.deep.equal([
      ["text"],
      ["text", "html", "html"],
    ]);
    expect(notebook.outputs[1][0]).to.deep.equal({ type: "text", text: "21\n" });
    const html = toHtml(notebook);
    expect(html)
      .to.contain("<strong>bold</strong>")
      .and.to.contain('<td>&lt;a&gt;</td><td class="n">20</td>');
    expect(html).not.to.match(/<script|https?:\/\/(?!www\.w3\.org)/);
    const ipynb = JSON.parse(toIpynb(notebook));
    expect(ipynb.nbformat).to.equal(4);
    expect(ipynb.cells.map((c: { cell_type: string }) => c.cell_type)).to.deep.equal([
      "code",
      "markdown",
      "code",
    ]);
    expect(ipynb.cells[2].execution_count).to.equal(2);
  });

  it("names the failing cell", async () => {
    const file = write("// %%\nconst x = 1;\n// %%\nif (x === 1) throw new RangeError('no such thing');\n");
    let message = "";
    await executeNotebook(file).catch((e) => {
      message = e.message;
    });
    expect(message).to.contain("sample.nb.ts:3: RangeError: no such thing");
  });
});
