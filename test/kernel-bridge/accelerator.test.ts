import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { tryKvm } from "../../kernel-bridge/guest/accelerator.ts";
import { bootGuest } from "../../kernel-bridge/guest/boot.ts";

/** Stands for QEMU: its KVM runs a boot sector (exit code 33) and, given a kernel, does `$LINUX`. */
const FAKE_QEMU = `#!/bin/sh
for word; do case $word in -kernel) kernel=1 ;; file:*) log=\${word#file:} ;; esac; done
[ -n "$kernel" ] || exit 33
eval "$LINUX"
`;

const ABORT = `echo 'error: failed to set MSR 0x10a to 0x0' >&2; kill -ABRT $$`;

describe("the look whether KVM boots Linux", () => {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-kvm-"));
  const device = join(folder, "kvm");
  const { PATH } = process.env;
  const attempt = (linux: string) => {
    process.env.LINUX = linux;
    return tryKvm("bzImage", device);
  };

  before(() => {
    const fake = join(folder, "qemu-system-x86_64");
    writeFileSync(fake, FAKE_QEMU);
    chmodSync(fake, 0o755);
    writeFileSync(device, "");
    process.env.PATH = `${folder}:${PATH}`;
  });
  after(() => {
    Object.assign(process.env, { PATH });
    delete process.env.LINUX;
    rmSync(folder, { recursive: true });
  });

  it("takes KVM where the kernel speaks", async () => {
    const verdict = await attempt(`echo 'Kernel panic - not syncing: VFS' > "$log"`);
    expect(verdict).to.deep.equal({ accelerator: "kvm", finding: "KVM boots Linux" });
  });

  it("says with which words QEMU ended, where it did, instead of waiting", async () => {
    const verdict = await attempt(ABORT);
    expect(verdict.accelerator).to.equal("tcg");
    expect(verdict.finding).to.equal(
      "KVM runs a boot sector, but QEMU ends with exit code 134 when Linux starts: error: failed to set MSR 0x10a to 0x0",
    );
  });

  it("fails at once with these words where KVM was asked for", async function () {
    if (!findProgram("busybox")) this.skip(); // Debian package busybox-static
    process.env.LINUX = ABORT;
    const serialLog = join(folder, "serial.log");
    const boot = bootGuest({ bzImage: "none", command: ["true"], accelerator: "kvm", serialLog });
    const error = await boot.catch((failure: Error) => failure);
    expect(String(error)).to.match(
      /QEMU failed; found "?SIGABRT: error: failed to set MSR 0x10a.*--accelerator tcg/s,
    );
    expect(existsSync(serialLog)).to.equal(true);
  });
});
