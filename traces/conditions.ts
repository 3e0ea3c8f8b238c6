import { InputError, printable } from "./input-error.ts";
import { nearest } from "./nearest.ts";
import { formatDuration, parseDuration } from "./quantity.ts";
import {
  ALL_COLUMNS,
  type ColumnName,
  NUMERIC_COLUMNS,
  type NumericColumn,
  REASONS,
  type TextColumn,
  type TraceTable,
} from "./schema.ts";

/**
 * Conditions on rows, as a trace is searched with:
 *
 *     conditions := condition { ("," | "and" | "&&") condition }       condition := column operator value
 *
 * Invariants:
 *  W1. All conditions of a list hold for a row that is shown.
 *  W2. An unknown cell fulfils no condition but `column=`, which asks for it; `column!=` asks for known ones.
 *  W3. Columns in ns take times (`delta<0.5ms`) as well as plain numbers; texts may stand in quotes, of either kind.
 */
export type Condition = (table: TraceTable, row: number) => boolean;

const OPERATORS = ["<=", ">=", "!=", "==", "=", "<", ">"] as const;
type Operator = (typeof OPERATORS)[number];

/** The columns that conditions ask for. */
export interface Conditions {
  columns: readonly ColumnName[];
  holds: Condition;
}

/**
 * Reads conditions.
 * @param texts Each may hold several.
 * @throws InputError that names what is not understood, and what is near to it.
 */
export function parseConditions(texts: readonly string[]): Conditions {
  const read = texts.flatMap(separate).map(parseCondition);
  return {
    columns: [...new Set(read.map(({ column }) => column))],
    holds: (table, row) => read.every(({ holds }) => holds(table, row)),
  };
}

/** Cuts at commas, `and` and `&&` outside quotes. */
function separate(text: string): string[] {
  const parts = text.split(/("[^"]*"|'[^']*')/).reduce(
    (found, piece, i) => {
      if (i % 2 === 1)
        found[found.length - 1] += piece; // a quoted piece
      else {
        const [first, ...others] = piece.split(/,|&&|(?<=[\s"']|^)and(?=\s)/i);
        found[found.length - 1] += first;
        found.push(...others);
      }
      return found;
    },
    [""],
  );
  return parts.map((part) => part.trim());
}

function parseCondition(text: string): { column: ColumnName; holds: Condition } {
  const match = /^([\w.-]+)\s*(<=|>=|!=|==|=|<|>)\s*(.*)$/s.exec(text);
  if (!match)
    throw new InputError("no condition", {
      found: text,
      expected: `COLUMN=VALUE, or one of ${OPERATORS.filter((o) => o !== "==").join(" ")} between them, such as reason=forced`,
    });
  const [, name, operator, value] = match as unknown as [string, string, Operator, string];
  const column = columnNamed(name);
  return {
    column,
    holds: isNumeric(column) ? onNumber(column, operator, value) : onText(column, operator, value),
  };
}

const isNumeric = (column: ColumnName): column is NumericColumn => Object.hasOwn(NUMERIC_COLUMNS, column);

/** @throws InputError with the columns that are near. */
export function columnNamed(name: string): ColumnName {
  const column = ALL_COLUMNS.find((each) => each === name.toLowerCase());
  if (column) return column;
  const near = nearest(name, ALL_COLUMNS) ?? ALL_COLUMNS.find((each) => each.includes(name.toLowerCase()));
  throw new InputError("no such column", {
    found: name,
    expected: near ? `a column of the trace, perhaps ${near}` : `one of ${ALL_COLUMNS.join(", ")}`,
  });
}

function onNumber(column: NumericColumn, operator: Operator, text: string): Condition {
  const cells = (table: TraceTable) => table.numeric[column];
  if (text === "") return onUnknown(operator, (table, row) => Number.isNaN(cells(table)[row]), column);
  const wanted = numberOf(column, unquoted(text));
  const compare = COMPARE[operator];
  return (table, row) => compare(cells(table)[row], wanted);
}

const COMPARE: Record<Operator, (a: number, b: number) => boolean> = {
  "=": (a, b) => a === b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b && !Number.isNaN(a),
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function numberOf(column: NumericColumn, text: string): number {
  if (/^[+-]?\d{1,16}$/.test(text)) return Number(text);
  const { unit } = NUMERIC_COLUMNS[column];
  const time = unit === "ns" ? parseDuration(text.replace(/^-/, "")) : undefined;
  if (time !== undefined) return text.startsWith("-") ? -time : time;
  throw new InputError("no value of the column", {
    field: column,
    found: text,
    expected:
      unit === "ns" ? `a time such as ${formatDuration(500_000)}, or ns as a whole number` : "a whole number",
  });
}

function onText(column: TextColumn, operator: Operator, text: string): Condition {
  if (operator !== "=" && operator !== "==" && operator !== "!=")
    throw new InputError("a text is neither less nor greater", {
      field: column,
      found: operator,
      expected: "= or !=",
    });
  const cells = (table: TraceTable) => table.text[column];
  const wanted = unquoted(text);
  if (wanted === "") return onUnknown(operator, (table, row) => cells(table)[row] === "", column);
  if (column === "reason" && !(REASONS as readonly string[]).includes(wanted))
    throw new InputError("no such reason", {
      field: "reason",
      found: wanted,
      expected: nearest(wanted, REASONS) ?? REASONS.join(", "),
    });
  const equal = operator !== "!=";
  return (table, row) => {
    const cell = cells(table)[row];
    return cell !== "" && (cell === wanted) === equal;
  };
}

function onUnknown(operator: Operator, isUnknown: Condition, column: string): Condition {
  if (operator === "=" || operator === "==") return isUnknown;
  if (operator === "!=") return (table, row) => !isUnknown(table, row);
  throw new InputError("a value is missing", {
    found: printable(`${column}${operator}`),
    expected: `a value behind ${operator}`,
  });
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/s.exec(text.trim())?.[2] ?? text.trim();

/**
 * Reads `A..B`, either of which may be left out: a stretch of the trace's clock, ns, ends included.
 * @throws InputError
 */
export function parseStretch(text: string): { from: number; to: number } {
  const match = /^\s*(.*?)\s*\.\.\s*(.*?)\s*$/s.exec(text);
  const bound = (time: string, open: number) => (time === "" ? open : (parseDuration(time) ?? Number.NaN));
  const from = match ? bound(match[1], 0) : Number.NaN;
  const to = match ? bound(match[2], Number.POSITIVE_INFINITY) : Number.NaN;
  if (from <= to && text.trim() !== "..") return { from, to };
  throw new InputError("no stretch of time", {
    found: text,
    expected: "FROM..TO on the trace's clock, such as 1.2s..1.3s, 500ms.. or ..2s",
  });
}
