import type { Topology } from "../chip/topology.ts";
import { runScenario } from "./run.ts";
import type { Scenario } from "./scenario.ts";

/** Where a dump of the model first departs from the expected one. */
export interface Difference {
  scenario: string;
  /** Step of the scenario (-1: the start) and its operation, as in the dump. */
  step: number;
  operation: string;
  /** Line of the expected dump, from 1. */
  line: number;
  /** "cpu 3", "sd 3.1", "task 5", "cmt" or "step". */
  object: string;
  /** First differing field of the line; null where a whole line is missing or too much. */
  field: string | null;
  /** The lines that differ; null where one side has none. */
  expected: string | null;
  actual: string | null;
  /** All lines of the step on both sides: its decisions, its header, the state that changed. */
  expectedStep: string[];
  actualStep: string[];
}

export interface Comparison {
  equal: boolean;
  /** Fields found equal: the words `name=value` of the dump's lines. Their other words are compared, but not counted. */
  fieldsCompared: number;
  difference: Difference | null;
}

/** Runs a scenario and compares its dump with `expected`, word for word, up to the first difference. */
export function compareScenario(
  name: string,
  scenario: Scenario,
  chip: Topology,
  expected: string,
): Comparison {
  const lines = linesOf(expected);
  const actual: string[] = [];
  let differs = false;
  const line = (text: string) => {
    if (text !== lines[actual.length]) differs = true;
    actual.push(text);
  };
  // A dump that goes on long after the first difference would fill memory for nothing.
  runScenario(scenario, chip, line, () => differs);
  return compareLines(name, lines, actual);
}

/** Compares an expected dump with the lines of another. */
export const compareDumps = (name: string, expected: string, actual: readonly string[]): Comparison =>
  compareLines(name, linesOf(expected), actual);

function linesOf(dump: string): string[] {
  const lines = dump.split("\n");
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function compareLines(name: string, lines: readonly string[], actual: readonly string[]): Comparison {
  let fields = 0;
  const length = Math.max(lines.length, actual.length);
  for (let i = 0; i < length; i++) {
    const want = lines[i];
    const have = actual[i];
    if (want === have) {
      fields += countFields(want!);
      continue;
    }
    const difference = describe(name, lines, actual, i);
    if (difference.field !== null) fields += equalFields(want!, have!);
    return { equal: false, fieldsCompared: fields, difference };
  }
  return { equal: true, fieldsCompared: fields, difference: null };
}

function describe(name: string, want: readonly string[], have: readonly string[], line: number): Difference {
  const expected = want[line] ?? null;
  const actual = have[line] ?? null;
  const expectedStep = stepAround(want, line);
  const actualStep = stepAround(have, line);
  const header = (expectedStep.find(isHeader) ?? actualStep.find(isHeader) ?? "").split(" ");
  const same = expected !== null && actual !== null && objectOf(expected) === objectOf(actual);
  return {
    scenario: name,
    step: Number(header[1] ?? -1),
    operation: header.slice(4).join(" "),
    line: line + 1,
    object: objectOf(expected ?? actual ?? ""),
    field: same ? firstField(expected, actual) : null,
    expected,
    actual,
    expectedStep,
    actualStep,
  };
}

/** The lines of the step that `line` belongs to: its cmt lines, header and state lines. */
function stepAround(lines: readonly string[], line: number): string[] {
  if (lines.length === 0) return [];
  let start = Math.min(line, lines.length - 1);
  const isDecision = (i: number) => lines[i].startsWith("  cmt");
  if (!isDecision(start)) {
    while (start > 0 && !isHeader(lines[start])) start--;
  }
  while (start > 0 && isDecision(start - 1)) start--;
  let end = start;
  while (end < lines.length && isDecision(end)) end++;
  if (end < lines.length) end++; // the header
  while (end < lines.length && !isDecision(end) && !isHeader(lines[end])) end++;
  return lines.slice(start, end);
}

function isHeader(line: string): boolean {
  return line.startsWith("step ");
}

function objectOf(line: string): string {
  const words = line.trim().split(" ");
  return words[0] === "cmt" || words[0] === "step" ? words[0] : words.slice(0, 2).join(" ");
}

function firstField(a: string, b: string): string {
  const x = a.trim().split(" ");
  const y = b.trim().split(" ");
  const i = x.findIndex((word, k) => word !== y[k]);
  const word = x[i === -1 ? x.length - 1 : i] ?? "";
  return word.split("=")[0] ?? word;
}

/** Fields of a line: a name, `=` and a value. The words that say what the line is about are none. */
function countFields(line: string): number {
  let count = 0;
  for (let at = line.indexOf("="); at >= 0; at = line.indexOf("=", at + 1)) count++;
  return count;
}

function equalFields(a: string, b: string): number {
  const y = b.trim().split(" ");
  return a
    .trim()
    .split(" ")
    .filter((word, i) => word === y[i] && word.includes("=")).length;
}
