import { basename, dirname } from "node:path";

/** What standard input is called in whatever people read. */
export const STANDARD_INPUT = "standard input";

/** How the name of a folder begins in which a copy of it lies. */
export const COPY_FOLDER = "nicetries-stdin-";

/** Whether the path is that of a copy of standard input (standard-input.ts). */
export const isCopy = (path: string): boolean =>
  basename(path) === STANDARD_INPUT && basename(dirname(path)).startsWith(COPY_FOLDER);
