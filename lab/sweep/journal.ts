/**
 * What a sweep has finished, a line of JSON each, behind a line that says what it is part of.
 *
 *  J1. A line is there as a whole or, after a kill, as a torn last line, which is cut off by the next one who writes.
 *  J2. Lines are in the order in which simulations ended; nothing that is made of them depends on it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { writeError } from "../../traces/write-error.ts";
import type { SweepRow } from "./rows.ts";

/** Which part of a sweep: number `index` of `of`, from 1. It has the simulations whose index is `index - 1` modulo `of`. */
export interface Shard {
  index: number;
  of: number;
}

export interface JournalHead extends Shard {
  /** planHash() of the plan. */
  plan: string;
}

export const journalName = ({ index, of }: Shard): string => `shard-${index}-of-${of}.jsonl`;
const JOURNAL_NAME = /^shard-\d+-of-\d+\.jsonl$/;

/**
 * A journal's head and rows; `bytes` is the length without a torn line.
 * @param most Lines read, the head among them.
 * @throws InputError for what is no journal
 */
export function readJournal(
  path: string,
  most?: number,
): { head: JournalHead | undefined; rows: SweepRow[]; bytes: number } {
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const lines = whole.split("\n").slice(0, -1).slice(0, most);
  const values = lines.map((line, i) => {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new InputError("a line is damaged", {
        file: path,
        line: i + 1,
        found: (error as Error).message,
        expected: "a line of a finished simulation",
        hint: "Remove the file to have its simulations made again.",
      });
    }
  });
  const [head, ...rows] = values;
  if (lines.length > 0 && typeof head?.plan !== "string")
    throw new InputError("this is no journal of a sweep", {
      file: path,
      line: 1,
      found: lines[0].slice(0, 60),
      expected: '{"plan": ..., "index": ..., "of": ...}',
    });
  return { head, rows, bytes: Buffer.byteLength(whole) };
}

/** The journals of a folder. */
export const journalsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => JOURNAL_NAME.test(name))
    .sort()
    .map((name) => join(folder, name));

/** @throws InputError where a journal in the folder is part of another plan's sweep */
export function refuseOtherPlans(folder: string, plan: string): void {
  for (const path of journalsIn(folder)) {
    const { head } = readJournal(path, 1);
    if (head === undefined || head.plan === plan) continue;
    throw new InputError("this sweep was begun with another plan, other files or another version", {
      file: path,
      found: head.plan,
      expected: plan,
      code: "other-plan",
      hint: "Choose another folder, or remove this one.",
    });
  }
}

/** A journal to write to. What it holds already is in `done`. */
export class Journal {
  readonly done: ReadonlySet<number>;
  private readonly path: string;
  private readonly fd: number;
  /** Where the next line goes. */
  private position: number;

  constructor(folder: string, head: JournalHead) {
    this.path = join(folder, journalName(head));
    const before = existsSync(this.path) ? readJournal(this.path) : undefined;
    this.done = new Set(before?.rows.map(({ index }) => index));
    this.fd = openSync(this.path, before ? "r+" : "w");
    if (before) ftruncateSync(this.fd, before.bytes);
    this.position = before?.bytes ?? 0;
    if (before?.head === undefined) this.append(head);
  }

  /** Adds a line. */
  append(line: SweepRow | JournalHead): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.fd, bytes, at, bytes.length - at, this.position + at);
    } catch (error) {
      throw writeError(error, this.path);
    }
    this.position += bytes.length;
  }

  close(): void {
    fsyncSync(this.fd);
    closeSync(this.fd);
  }
}
