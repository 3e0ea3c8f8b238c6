/** A Markdown table; the first two columns are words, the others numbers. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, i) => (i < 2 ? "---" : "---:"));
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
