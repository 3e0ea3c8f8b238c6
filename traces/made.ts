import { z } from "zod";

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

const text = z.string("text");

/** A record that was read from a file. */
export const commandSchema = z.looseObject({ command: text }, "a JSON object");
export const madeSchema = z.looseObject({ command: text, tool: text }, "a JSON object");
