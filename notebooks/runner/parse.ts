import { InputError } from "../../traces/input-error.ts";

/** One cell of a percent-format notebook. */
export interface Cell {
  kind: "markdown" | "code";
  /** Source without the marker line; Markdown without its comment prefix. */
  source: string;
  /** 1-based line of the marker. */
  line: number;
}

const MARKER = /^\/\/ %%(?:\s*\[(\w+)\])?\s*$/;

/**
 * Splits a percent-format TypeScript file (`*.nb.ts`) into cells: `// %%` starts a code cell, `// %% [markdown]` a text
 * cell of `//` lines. The file stays an ordinary module, so type checks and editors treat it as one. Lines before the
 * first marker must be empty.
 */
export function parseNotebook(text: string, file: string): Cell[] {
  const cells: { kind: Cell["kind"]; lines: string[]; line: number }[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trimEnd();
    const marker = MARKER.exec(line);
    if (marker) {
      const tag = marker[1];
      if (tag !== undefined && tag !== "markdown")
        throw new InputError("unknown cell type", {
          file,
          line: index + 1,
          found: tag,
          expected: "`// %%` or `// %% [markdown]`",
        });
      cells.push({ kind: tag === "markdown" ? "markdown" : "code", lines: [], line: index + 1 });
      return;
    }
    const cell = cells.at(-1);
    if (!cell) {
      if (line === "") return;
      throw new InputError("text before the first cell", {
        file,
        line: index + 1,
        found: line,
        expected: "a `// %%` marker",
      });
    }
    if (cell.kind === "markdown") {
      if (line !== "" && !line.startsWith("//"))
        throw new InputError("code inside a Markdown cell", {
          file,
          line: index + 1,
          found: line,
          expected: "lines that start with `//`",
          hint: "Start a code cell with `// %%` first",
        });
      cell.lines.push(line.replace(/^\/\/ ?/, ""));
    } else cell.lines.push(line);
  });
  return cells.map((c) => ({ kind: c.kind, line: c.line, source: trimBlankLines(c.lines).join("\n") }));
}

function trimBlankLines(lines: string[]): string[] {
  let start = 0;
  let end = lines.length;
  while (start < end && lines[start] === "") start++;
  while (end > start && lines[end - 1] === "") end--;
  return lines.slice(start, end);
}
