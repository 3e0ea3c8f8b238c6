import { homedir } from "node:os";

/**
 * A command line as it may stand in a recording that is passed on: of each absolute path only the last name is left
 * (`/home/me/bin/load` → `load`, `--conf=/etc/x/y.conf` → `--conf=y.conf`), of a home folder a `~`. What every Linux has at the same
 * place for the same purpose (/dev, /proc, /sys) stays, and so do addresses (`http://…`).
 */
export function shownCommand(words: readonly string[], home = homedir()): string {
  return words
    .map((word) =>
      word.replace(ADDRESS_OR_PATH, (all, before?: string, path?: string) =>
        path === undefined ? all : before + shownPath(path, home),
      ),
    )
    .join(" ");
}

/** An address as a whole; or a path, and what it stands behind: a blank, `=`, `:`, a quote, the letter of an option ... */
const ADDRESS_OR_PATH = /\w+:\/\/[^\s'"]+|(^-\w|\s-\w|^|[\s'"=:;,|&<>()`])(\/[^\s'"=:;,|&<>()`]+)/g;
const EVERYWHERE = /^\/(dev|proc|sys)(\/|$)/;

function shownPath(path: string, home: string): string {
  const whole = path.replace(/\/+$/, "");
  if (whole === "" || EVERYWHERE.test(whole)) return path;
  if (whole === home || /^\/(home\/[^/]+|root)$/.test(whole)) return "~";
  return whole.slice(whole.lastIndexOf("/") + 1);
}
