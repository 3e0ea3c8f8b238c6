import type { ExecutedNotebook } from "./execute.ts";
import type { Output } from "./session.ts";

/** The notebook as Jupyter's nbformat 4.5, ready for GitHub and Jupyter to show. */
export function toIpynb(notebook: ExecutedNotebook): string {
  let code = 0;
  const cells = notebook.cells.map((cell, index) => {
    const base = { id: `cell-${index}`, metadata: {}, source: lines(cell.source) };
    if (cell.kind === "markdown") return { cell_type: "markdown", ...base };
    const outputs = notebook.outputs[code] ?? [];
    code++;
    return { cell_type: "code", execution_count: code, ...base, outputs: outputs.map(toOutput) };
  });
  const document = {
    cells,
    metadata: {
      kernelspec: { display_name: "TypeScript", language: "typescript", name: "typescript" },
      language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function toOutput(output: Output): object {
  if (output.type === "text") return { output_type: "stream", name: "stdout", text: lines(output.text) };
  if (output.type === "html")
    return { output_type: "display_data", metadata: {}, data: { "text/html": lines(output.html) } };
  return { output_type: "error", ename: output.name, evalue: output.message, traceback: [] };
}

/** nbformat keeps multi-line strings as lists of lines that keep their line ends. */
function lines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}
