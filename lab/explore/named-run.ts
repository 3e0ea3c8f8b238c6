import { existsSync } from "node:fs";
import { RequestError } from "../../traces/input-error.ts";
import { parseDuration } from "../../traces/quantity.ts";
import type { SimulationChoice } from "../made.ts";
import { parseLoop, parseWindow, type RecordingChoice } from "../recording/choice.ts";
import { checkDimension, choiceOf, NAMED, type PlaceOfNames } from "../sweep/dimensions.ts";

/** A run as people name it. */
export interface NamedRun {
  /** A workload, a trace or a recording. */
  source: string;
  /** What stands behind the question mark; undefined: there is none. */
  choice?: SimulationChoice;
}

/**
 * Reads `SOURCE` or `SOURCE?name=value&...`: names of what a sweep may vary, `seed` and `duration`, and of a recording what is replayed of
 * it; `%26` is an & of a value, `%25` a
 * per cent sign.
 * @param option What it is called in errors.
 * @throws RequestError
 */
export function parseNamedRun(text: string, option: string): NamedRun {
  const mark = existsSync(text) ? -1 : text.indexOf("?");
  if (mark < 0) return { source: text };
  const source = text.slice(0, mark);
  const place: PlaceOfNames = { option, needs: "behind the question mark one of these", named: NAMES };
  const { seed, duration, tasks, window, loop, recordedOn, ...cell } = valuesOf(text.slice(mark + 1), option);
  if (cell.workload !== undefined)
    throw new RequestError(option, "needs its workload before the question mark, not behind it", {
      found: `workload=${cell.workload}`,
    });
  for (const name of Object.keys(cell)) checkDimension(name, place);
  const { workload, ...choice } = inQuery(option, () => choiceOf({ ...cell, workload: source }));
  const replay = inQuery(option, () =>
    given<RecordingChoice>({
      ...{ tasks, recordedOn },
      window: window === undefined ? undefined : parseWindow(window),
      loop: loop === undefined ? undefined : parseLoop(loop),
    }),
  );
  return {
    source: workload,
    choice: {
      ...given<SimulationChoice>(choice),
      ...(Object.keys(replay).length === 0 ? {} : { replay }),
      ...(seed === undefined ? {} : { seed }),
      ...(duration === undefined ? {} : { durationNs: durationOf(duration, `${option}?duration`) }),
    },
  };
}

/** What may stand behind the question mark, beside families of names. */
const NAMES = [
  ...NAMED.filter((name) => name !== "workload"),
  ...["seed", "duration", "tasks", "window", "loop", "recordedOn"],
];

/** Without what is undefined. */
const given = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

/** Errors in values speak of names behind the question mark: `<a>?policy` where others know `--policy`. */
function inQuery<T>(option: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RequestError) || error.details.option === "workload") throw error;
    throw new RequestError(`${option}?${error.details.option}`, error.problem, error.details);
  }
}

function valuesOf(query: string, option: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const part of query.split("&").filter((each) => each !== "")) {
    const at = part.indexOf("=");
    if (at < 1 || at === part.length - 1 || Object.hasOwn(values, part.slice(0, at)))
      throw new RequestError(option, "needs name=value behind the question mark, each name once", {
        found: part,
        hint: "As in 'numeric?policy=never-hot&seed=2'.",
      });
    values[part.slice(0, at)] = unescaped(part.slice(at + 1));
  }
  return values;
}

/** `&` and `%` of a value, as they are written in a name. */
export const escaped = (value: string): string => value.replace(/[%&]/g, encodeURIComponent);
const unescaped = (text: string): string => text.replace(/%2[56]/g, decodeURIComponent);

function durationOf(text: string, option: string): number {
  const ns = parseDuration(text, "s");
  if (ns === undefined || ns < 1)
    throw new RequestError(option, "needs a duration such as 500ms or 10s", { found: text });
  return ns;
}
