import { visible } from "../traces/input-error.ts";

let readerNeeded = true;

/** The work has other results than what it prints: it goes on when standard output's reader (`| head`) has gone. */
export function goOnWithoutReader(): void {
  readerNeeded = false;
}

/** Standard output's reader has gone, and the work is to go on. */
export function isUnread(error: Error | null): boolean {
  return !readerNeeded && (error as NodeJS.ErrnoException | null)?.code === "EPIPE";
}

/** How we write while others' words are kept away from standard output. */
let ownWrite: typeof process.stdout.write | undefined;
let keepers = 0;

/** From now on what others write to standard output goes to standard error; the function returned ends that. */
export function keepStandardOutput(): () => void {
  const { stdout, stderr } = process;
  if (keepers++ === 0) {
    ownWrite = stdout.write;
    stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  }
  return () => {
    if (--keepers > 0) return;
    stdout.write = ownWrite!;
    ownWrite = undefined;
  };
}

/**
 * Writes to standard output. Throws at once when it takes no more, so that a long computation does not go on in vain: the
 * stream itself tells only when the event loop turns. cli/main.ts knows the error.
 */
export function print(text: string): void {
  const { stdout } = process;
  if (isUnread(stdout.errored)) return;
  (ownWrite ?? stdout.write).call(stdout, text);
  if (stdout.errored && !isUnread(stdout.errored)) throw stdout.errored;
}

/** Prints a machine-readable result on stdout: one JSON document, indented, ending in a newline. */
export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 1)}\n`);
}

/** A plain-text table: first column left-aligned, the others right-aligned. */
export function textTable(header: readonly string[], given: readonly (readonly string[])[]): string {
  // names of tasks come from anywhere: a terminal shall not obey them
  const rows = given.map((row) => row.map((cell) => visible(cell ?? "")));
  const widths = header.map((h, i) => Math.max(h.length, ...rows.map((r) => (r[i] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((c, i) => (i === 0 ? c.padEnd(widths[i]) : c.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  return [line(header), line(widths.map((w) => "-".repeat(w))), ...rows.map(line)].join("\n");
}

/** `note` lines go to stderr so that stdout stays data. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
