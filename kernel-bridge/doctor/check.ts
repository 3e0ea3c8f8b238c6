/** The result of one look. `warning`: it works, but slower or with less; `missing`: that part cannot be used. */
export type Status = "ok" | "warning" | "missing";

export interface Check {
  name: string;
  status: Status;
  /** What was found. */
  finding: string;
  /** The command or the step that mends it; absent when there is nothing to mend. */
  fix?: string;
}

export const ok = (name: string, finding: string): Check => ({ name, status: "ok", finding });
export const warning = (name: string, finding: string, fix?: string): Check => ({
  name,
  status: "warning",
  finding,
  fix,
});
export const missing = (name: string, finding: string, fix: string): Check => ({
  name,
  status: "missing",
  finding,
  fix,
});
