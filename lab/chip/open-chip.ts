import { statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { chipFromText } from "../../sim/chip/import/chip-text.ts";
import { sysfsChip } from "../../sim/chip/import/sysfs.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import { refuseNoText } from "../../traces/csv/other-kinds.ts";
import { InputError } from "../../traces/input-error.ts";
import { readBounded } from "../files/bounded-read.ts";
import { folderTree } from "./sysfs-folder.ts";
import { isTar, tarTree } from "./sysfs-tar.ts";

/** The XML of the largest machines has some ten MB; a tar of /sys/devices/system/cpu has 150 kB per CPU. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/**
 * A chip from a file or folder, whatever form it has: the content decides.
 * @throws InputError
 */
export function openChipFile(path: string): Topology {
  if (statSync(path).isDirectory()) return sysfsChip(folderTree(path));
  const bytes = unpacked(readBounded(path, MAX_BYTES, "a chip"), path);
  if (isTar(bytes)) return sysfsChip(tarTree(bytes, path));
  if (bytes.length > MAX_TEXT_BYTES)
    throw new InputError("the file is too long to be a chip", {
      file: path,
      found: `${bytes.length} bytes`,
      expected: `at most ${MAX_TEXT_BYTES}`,
    });
  refuseNoText(bytes, path, "a chip");
  return chipFromText(bytes.toString("utf8"), path);
}

function unpacked(bytes: Buffer, path: string): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw new InputError("cannot be unpacked", {
      file: path,
      found: (error as Error).message,
      expected: `gzip of at most ${MAX_BYTES} bytes`,
    });
  }
}
