import { InputError } from "./input-error.ts";

/** Plain data, as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * How something was made, in full: whoever has the same version and the same files gets the same bytes by it. lab/made.ts
 * says with what it is filled in; here it is carried along as it is, unknown fields of other versions too.
 */
export interface Made {
  /** Program and version. */
  readonly tool: string;
  /** The command, such as "simulate". */
  readonly command: string;
  readonly [option: string]: Json;
}

/** A command that left only some of the rows, with its options. */
export interface Change {
  readonly command: string;
  readonly [option: string]: Json;
}

/** Checks a record that was read from a file. */
export function checkMade(value: unknown, file: string, field: string): Made {
  const made = checkCommand(value, file, field);
  if (typeof made.tool !== "string") throw wrong(file, `${field}.tool`, made.tool, "text");
  return made as Made;
}

export function checkChanges(value: unknown, file: string, field: string): Change[] {
  if (!Array.isArray(value)) throw wrong(file, field, value, "a list");
  return value.map((change, i) => checkCommand(change, file, `${field}[${i}]`));
}

function checkCommand(value: unknown, file: string, field: string): Change {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(file, field, value, "a JSON object");
  if (!("command" in value) || typeof value.command !== "string")
    throw wrong(file, `${field}.command`, undefined, "text");
  return value as Change;
}

const wrong = (file: string, field: string, found: unknown, expected: string): InputError =>
  new InputError("the trace's metadata are not valid", { file, field, found, expected });
