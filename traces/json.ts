import type { JSONPath } from "jsonc-parser";
import { z } from "zod";
import { InputError } from "./input-error.ts";
import { lineAt, lineOfPath, repeatedKey } from "./json-lines.ts";

/**
 * JSON files: text to values, and values to what a schema says they are, with errors as everywhere. The message of a schema
 * says what was expected, or the problem and what was expected, as `problem; expected`.
 */
export interface JsonPlace {
  file: string;
  /** Where in the file the value stands. */
  field?: string;
  /** What is wrong where a message does not say it. */
  problem: string;
  hint?: string;
  /** The text of the file: errors name the line, too. */
  text?: string;
}

/**
 * The value of a JSON text, behind the byte order mark that some editors put first. Throws an InputError with the line, also for
 * a key that one object has twice.
 */
export function parseJson(text: string, place: Omit<JsonPlace, "text"> & { expected?: string }): unknown {
  const value = parsed(text.replace(/^\uFEFF/, ""), place);
  const twice = repeatedKey(text);
  if (twice === undefined) return value;
  throw new InputError("a key is there twice", {
    file: place.file,
    ...twice,
    expected: "each key of an object once",
    hint: "Remove one of the two.",
  });
}

function parsed(text: string, place: Omit<JsonPlace, "text"> & { expected?: string }): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const at = /at position (\d+)/.exec(message)?.[1];
    const { problem, ...details } = place;
    const line = at === undefined ? undefined : lineAt(text, Number(at));
    throw new InputError(problem, { ...details, line, found: message });
  }
}

/** A value that is as the schema says. Throws an InputError for the first thing that is not. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, place: JsonPlace): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue.code === "unrecognized_keys" ? [issue.keys[0]] : [];
  const path = [...issue.path, ...unknown];
  const field = path.reduce<string>(
    (at, part) =>
      typeof part === "number" ? `${at}[${part}]` : at === "" ? String(part) : `${at}.${String(part)}`,
    place.field ?? "",
  );
  const found = path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    value,
  );
  const sized = (issue.code === "too_small" || issue.code === "too_big") && issue.origin === "array";
  const [problem, expected] = issue.message.includes("; ")
    ? issue.message.split("; ")
    : [place.problem, issue.message];
  throw new InputError(unknown.length > 0 ? "unknown key" : problem, {
    file: place.file,
    line: place.text === undefined ? undefined : lineOfPath(place.text, path as JSONPath),
    field: field === "" ? undefined : field,
    found: sized ? (found as unknown[]).length : unknown.length > 0 ? undefined : shown(found),
    expected,
    hint: place.hint,
  });
}

function shown(value: unknown): unknown {
  if (value === null || value === undefined) return value === null ? "null" : undefined;
  return typeof value !== "object" ? value : Array.isArray(value) ? "an array" : "an object";
}

/** An object with these fields and no others: a misspelt one would otherwise be left out in silence. */
export function onlyObject<S extends z.core.$ZodLooseShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const keys = `one of ${Object.keys(shape).join(", ")}`;
  return z.strictObject(shape, {
    error: ({ code }) => (code === "unrecognized_keys" ? keys : "not an object; an object"),
  });
}
