import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { sudo } from "../sudo.ts";
import { VIRTUAL_TIME_QEMU } from "./qemu.ts";

/** Of the package debian-archive-keyring, which every Debian has. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * How to get a QEMU for virtual time on this machine, as commands where that is possible. Debian 12 has it in its backports, whose
 * address is that of the machine's own sources; every later release of Debian, Ubuntu (from 24.04) and Fedora (from 39) brings one.
 */
export function newerQemuAdvice(osRelease = readOsRelease(), mirrors = aptMirrors, uid?: number): string {
  const root = sudo(uid);
  const needed = `QEMU ${VIRTUAL_TIME_QEMU.join(".")} or newer`;
  const codename = /^VERSION_CODENAME="?([\w-]+)/m.exec(osRelease)?.[1];
  if (codename !== "bookworm")
    return `Install ${needed}: Debian 13, Ubuntu 24.04, Fedora 39 and later have it, on others build it from its source`;
  const mirror = mirrors(codename)[0];
  if (mirror === undefined)
    return `Install ${needed} from ${codename}-backports: ${root}apt-get install -t ${codename}-backports qemu-system-x86`;
  return [
    `echo 'deb [signed-by=${KEYRING}] ${mirror} ${codename}-backports main' | ${root}tee /etc/apt/sources.list.d/${codename}-backports.list`,
    `${root}apt-get update`,
    `${root}apt-get install --no-install-recommends -t ${codename}-backports qemu-system-x86`,
  ].join(" && ");
}

function readOsRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

/** Where apt gets a release's own packages from on this machine. */
function aptMirrors(codename: string): string[] {
  const format = ["indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"];
  const { stdout } = spawnSync("apt-get", format, { encoding: "utf8", timeout: 120_000 });
  return (stdout ?? "")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, name]) => name === codename)
    .map(([uri]) => uri);
}
