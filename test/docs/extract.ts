/**
 * The commands of a documentation page, as a reader would type them.
 *
 * D1. Commands stand in fenced blocks of language `sh`, one a line; a line that ends in a backslash goes on.
 * D2. A block `text output` after such a block is what its last command prints. `…` stands for anything, a line of `…` alone for any lines.
 * D3. A block whose info says `file=NAME` is a file that the page asks to save under that name.
 * D4. In running text, a code span that starts with `nicetries`, `npx`, `npm` or `sh` is a command if it is whole; with
 *     placeholders (FILE, T..., [--x], …, a|b) it is a synopsis, with nothing behind the command's words it is its name.
 */
export interface DocCommand {
  kind: "command" | "synopsis" | "name";
  /** As a shell takes it: continuation lines joined, without the comment. */
  text: string;
  /** 1-based line on the page. */
  line: number;
  /** What the page says it prints. */
  output?: string;
}

export interface DocFile {
  kind: "file";
  name: string;
  text: string;
  line: number;
}

export type DocItem = DocCommand | DocFile;

const FENCE = /^(\s*)```(.*)$/;
const SPAN = /(?<!`)`([^`\n]+)`(?!`)/g;
const COMMAND = /^(?:npx |npm |sh |nicetries(?: |$))/;
const PLACEHOLDER = /(?:^|[\s=:,/])[A-Z][A-Z]*(?:[._-][A-Z]+)*(?=[\s.,:|\])]|$)|[[\]…|]|\.\.\./;

/** Commands and files of a page in the order in which a reader meets them. */
export function extract(markdown: string): DocItem[] {
  const items: DocItem[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const fence = FENCE.exec(lines[at]);
    if (!fence) {
      for (const [, span] of lines[at].matchAll(SPAN))
        if (COMMAND.test(span!)) items.push({ kind: kindOf(span!), text: span!, line: at + 1 });
      continue;
    }
    const [, indent, info] = fence;
    const first = at + 1;
    const body: string[] = [];
    while (++at < lines.length && lines[at].trim() !== "```") body.push(lines[at].slice(indent!.length));
    const file = /\bfile=(\S+)/.exec(info!);
    if (file) items.push({ kind: "file", name: file[1], text: `${body.join("\n")}\n`, line: first });
    else if (/^sh\b/.test(info!)) items.push(...commandsOf(body, first + 1));
    else if (/^text output\b/.test(info!)) {
      const last = items.at(-1);
      if (last?.kind !== "command") throw new Error(`line ${first}: output of no command`);
      last.output = body.join("\n");
    }
  }
  return items;
}

function commandsOf(body: readonly string[], line: number): DocCommand[] {
  const commands: DocCommand[] = [];
  let open: DocCommand | undefined;
  body.forEach((raw, i) => {
    const text = raw.replace(/(^|\s\s)#\s.*$/, "").trim();
    if (!open && text === "") return;
    if (open) open.text += ` ${text}`;
    else {
      open = { kind: "command", text, line: line + i };
      commands.push(open);
    }
    if (text.endsWith("\\")) open.text = open.text.slice(0, -1).trimEnd();
    else open = undefined;
  });
  return commands;
}

function kindOf(span: string): DocCommand["kind"] {
  if (PLACEHOLDER.test(span)) return "synopsis";
  return /^(npx )?nicetries( [a-z]+)*$/.test(span) ? "name" : "command";
}

/** Does what was printed look as the page says? */
export function matchesOutput(printed: string, expected: string): boolean {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = expected
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.trim() === "…" ? "(?:.*\n)*?" : `${line.trimEnd().split("…").map(literal).join(".*")}\n`,
    )
    .join("");
  const lines = printed
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());
  return new RegExp(`^${pattern}$`).test(`${lines.join("\n")}\n`);
}
