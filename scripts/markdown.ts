/** A Markdown table. `align`: `r` for columns of numbers, from the left; by default all but the first two. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align?: string,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const isNumber = (column: number) => (align === undefined ? column >= 2 : align[column] === "r");
  const rule = header.map((_, i) => (isNumber(i) ? "---:" : "---"));
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

/** Replaces what stands between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. @throws when the marks are not there. */
export function replaceBetween(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`the marks of ${name} are not there`);
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
}
