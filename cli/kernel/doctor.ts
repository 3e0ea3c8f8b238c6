import { release } from "node:os";
import type { Command } from "commander";
import type { Check } from "../../kernel-bridge/doctor/check.ts";
import { print, printJson } from "../output.ts";

export function registerDoctor(kernel: Command): void {
  kernel
    .command("doctor")
    .description("say what is there for guests and for recording on this machine, and how to get the rest")
    .option("--json", "print {ok, guest: [...], host: [...]}")
    .addHelpText(
      "after",
      `
Changes nothing; boots a 512-byte guest for a few seconds to find out whether KVM works.
Exit code 1 when building or running guests is not possible; recording on the host is optional.

Examples:
  nicetries kernel doctor
  sudo nicetries kernel doctor --json`,
    )
    .action(async (flags: { json?: boolean }) => {
      const { guestChecks } = await import("../../kernel-bridge/doctor/guest-checks.ts");
      const { hostChecks } = await import("../../kernel-bridge/doctor/host-checks.ts");
      const guest = await guestChecks();
      const host = hostChecks({ root: "", uid: process.getuid?.() ?? -1, release: release() });
      const ok = guest.every((check) => check.status !== "missing");
      if (!ok) process.exitCode = 1;
      if (flags.json) return printJson({ ok, guest, host });
      print(`Kernels and guests\n${listing(guest)}\n\n`);
      print(`Recording on this machine (not needed for guests)\n${listing(host)}\n`);
    });
}

const MARKS = { ok: "ok     ", warning: "warning", missing: "MISSING" } as const;

function listing(checks: readonly Check[]): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  return checks
    .map(({ name, status, finding, fix }) => {
      const line = `  ${MARKS[status]}  ${name.padEnd(width)}  ${finding}`;
      return fix === undefined ? line : `${line}\n${" ".repeat(13 + width)}-> ${fix}`;
    })
    .join("\n");
}
