import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { RECORD_PACKAGES } from "../collect/record.ts";
import { sudo } from "../sudo.ts";
import { type Check, missing, ok, warning } from "./check.ts";
import { packages } from "./guest-checks.ts";

/** The parts of the file system that the checks look at; a test gives its own root. */
export interface HostView {
  root: string;
  uid: number;
  release: string;
}

/** Can `can_migrate_task` be recorded on this running kernel? Only reads. */
export function hostChecks(view: HostView): Check[] {
  return [
    permission(view),
    symbol(view),
    btf(view),
    headers(view),
    kprobes(view),
    schedstats(view),
    domains(view),
    packages("recorder packages", RECORD_PACKAGES),
  ];
}

function text(view: HostView, path: string): string | undefined {
  try {
    return readFileSync(view.root + path, "latin1");
  } catch {
    return undefined;
  }
}

function permission(view: HostView): Check {
  if (view.uid === 0) return ok("permission", "root");
  return missing(
    "permission",
    `user ${view.uid}: loading BPF programs and reading kernel memory need CAP_SYS_ADMIN`,
    "Record with sudo, or in a guest",
  );
}

/** Compilers inline the function or give it a suffix (.isra.0, .constprop.0); then a kprobe by name finds nothing. */
function symbol(view: HostView): Check {
  const name = "can_migrate_task";
  const symbols = text(view, "/proc/kallsyms");
  if (symbols === undefined)
    return missing(name, "/proc/kallsyms cannot be read", "Use a kernel with CONFIG_KALLSYMS");
  const found = [...symbols.matchAll(new RegExp(`^\\S+ [tT] (${name}\\S*)`, "gm"))].map((m) => m[1]);
  if (found.includes(name)) return ok(name, "in kallsyms under its own name");
  const advice = "Record in a guest: its kernel keeps the function";
  if (found.length > 0) return missing(name, `renamed by the compiler: ${found.join(", ")}`, advice);
  return missing(name, "not in kallsyms: inlined, or this kernel has no CFS load balancer", advice);
}

function btf(view: HostView): Check {
  const path = "/sys/kernel/btf/vmlinux";
  try {
    accessSync(view.root + path, constants.R_OK);
    return ok("BTF", path);
  } catch {}
  return missing("BTF", `no ${path}`, "Use a kernel with CONFIG_DEBUG_INFO_BTF, or record in a guest");
}

/** BCC compiles its program on the recorded machine, with the running kernel's headers. */
function headers(view: HostView): Check {
  const places = [`/lib/modules/${view.release}/build/Makefile`, "/sys/kernel/kheaders.tar.xz"];
  const found = places.find((path) => existsSync(view.root + path));
  if (found) return ok("kernel headers", found);
  return missing(
    "kernel headers",
    `neither ${places.join(" nor ")}`,
    `${sudo(view.uid)}apt-get install linux-headers-${view.release}, modprobe kheaders, or record in a guest`,
  );
}

function kprobes(view: HostView): Check {
  const enabled = text(view, "/sys/kernel/debug/kprobes/enabled");
  if (enabled?.trim() === "0")
    return missing(
      "kprobes",
      "switched off",
      `echo 1 | ${sudo(view.uid)}tee /sys/kernel/debug/kprobes/enabled`,
    );
  const option = kernelOption(view, "KPROBES");
  const there =
    enabled !== undefined ||
    existsSync(`${view.root}/sys/kernel/tracing/kprobe_events`) ||
    existsSync(`${view.root}/sys/kernel/debug/tracing/kprobe_events`) ||
    option === "y";
  if (there) return ok("kprobes", option === "y" ? "CONFIG_KPROBES=y" : "there");
  if (view.uid !== 0 && option === undefined)
    return warning("kprobes", "unknown: tracefs is for root only", "Run the doctor with sudo");
  return missing("kprobes", "none", "Use a kernel with CONFIG_KPROBES, or record in a guest");
}

function schedstats(view: HostView): Check {
  const path = "/proc/sys/kernel/sched_schedstats";
  const value = text(view, path)?.trim();
  if (value === "1") return ok("SCHEDSTATS", "on");
  const why = "only needed to check counts against /proc/schedstat and for labels on older kernels";
  if (value === "0")
    return warning("SCHEDSTATS", `off; ${why}`, `${sudo(view.uid)}sysctl kernel.sched_schedstats=1`);
  return warning("SCHEDSTATS", `not in this kernel; ${why}`, "Use a kernel with CONFIG_SCHEDSTATS");
}

/** Without an MC domain cache_nice_tries is never 1 and forced migrations look quite different. */
function domains(view: HostView): Check {
  const schedstat = text(view, "/proc/schedstat") ?? "";
  const first = /^cpu0 .*\n((?:domain.*\n)*)/m.exec(schedstat)?.[1] ?? "";
  const levels = first.split("\n").filter(Boolean).length;
  const option = kernelOption(view, "SCHED_MC");
  if (levels >= 1)
    return ok("scheduling domains", `${levels} above each CPU${option === "y" ? ", SCHED_MC" : ""}`);
  if (option === "n") return missing("scheduling domains", "CONFIG_SCHED_MC is off", "Record in a guest");
  const cpus = (text(view, "/proc/cpuinfo")?.match(/^processor/gm) ?? []).length;
  if (cpus === 1)
    return missing("scheduling domains", "a single CPU: nothing to balance", "Record in a guest");
  return warning("scheduling domains", "not shown by /proc/schedstat", "Use a kernel with CONFIG_SCHEDSTATS");
}

/** "y", "m", a value, "n" where the configuration is known, undefined where it is not. */
function kernelOption(view: HostView, option: string): string | undefined {
  let config: string | undefined;
  try {
    config = gunzipSync(readFileSync(`${view.root}/proc/config.gz`)).toString("latin1");
  } catch {
    config = text(view, `/boot/config-${view.release}`);
  }
  if (config === undefined) return undefined;
  return new RegExp(`^CONFIG_${option}=(.*)$`, "m").exec(config)?.[1] ?? "n";
}
