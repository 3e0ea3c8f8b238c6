import { UsageError } from "./report-failure.ts";

/** Checks the name of a folder under runs/. @throws UsageError */
export function runName(name: string): string {
  if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name))
    throw new UsageError(
      `--name may have letters, digits, ".", "_" and "-" only, found ${JSON.stringify(name)}`,
    );
  return name;
}
