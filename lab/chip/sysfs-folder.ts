import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SysfsTree } from "../../sim/chip/import/sysfs.ts";
import { InputError } from "../../traces/input-error.ts";
import { readBounded } from "../files/bounded-read.ts";

/** Where a copy may have its CPUs, seen from the folder that was named. */
const PLACES = [".", "cpu", "system/cpu", "devices/system/cpu", "sys/devices/system/cpu"];
/** Files of sysfs are shorter than a page; lists of thousands of CPUs come close. */
const MAX_FILE = 65_536;

/** A copy of /sys/devices/system/cpu in a folder, or the running kernel's own. @throws InputError */
export function folderTree(path: string): SysfsTree {
  const place = PLACES.find((p) => existsSync(join(path, p, "cpu0")) || existsSync(join(path, p, "online")));
  if (place === undefined) {
    throw new InputError("no copy of /sys/devices/system/cpu in this folder", {
      file: path,
      expected: "cpu0, cpu1, ... in it, or in cpu/ below it",
    });
  }
  const root = join(path, place);
  return {
    name: path,
    list(folder) {
      try {
        return readdirSync(join(root, folder));
      } catch {
        return [];
      }
    },
    read(file) {
      const full = join(root, file);
      return statSync(full, { throwIfNoEntry: false })?.isFile()
        ? readBounded(full, MAX_FILE, "a file of sysfs").toString("utf8").replaceAll("\0", "")
        : undefined;
    },
  };
}
