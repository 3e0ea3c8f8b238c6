/** What the words in angle brackets of the help stand for. */
import { isFileName } from "../lab/files/file-names.ts";

/** A file or a folder. */
export const isFileWord = (word: string): boolean =>
  /^(file|traces?|recording|model|json|dump|path|tarball|dir)$/.test(word);

/** A name in the box, or a file. */
export const isNameOrFileWord = (word: string): boolean => /^(chip|policy|workload)$/.test(word);

/** Such a name, is it that of a file? Files have a folder or an ending. */
export const looksLikeFile = (name: string): boolean => isFileName(name) || /\.[cm]?[jt]s$/.test(name);

/** Options whose file is written. */
export const isOutputOption = (option: string): boolean => /^--(out|page|timeline|serial-log)$/.test(option);
