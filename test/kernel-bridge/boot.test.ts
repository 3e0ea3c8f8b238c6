import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { bootGuest } from "../../kernel-bridge/guest/boot.ts";

/** Stands for QEMU: its first `$FAILURES` guests end in the middle of their boot, the next one runs a command that exits with 7. */
const FAKE_QEMU = `#!/bin/sh
echo >> "$CALLS"
for word; do case $word in
file:*) log=\${word#file:} ;;
local,id=exchange,path=*) exchange=\${word#*path=}; exchange=\${exchange%%,*} ;;
esac; done
[ $(wc -l < "$CALLS") -gt "$FAILURES" ] || exit 0
echo "nicetries: guest ready" > "$log"; echo 7 > "$exchange/exit-code"
`;

describe("a guest that stands still in its boot", () => {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-boot-"));
  const calls = join(folder, "calls");
  const { PATH } = process.env;
  const boot = (failures: number) => {
    writeFileSync(calls, "");
    Object.assign(process.env, { CALLS: calls, FAILURES: String(failures) });
    return bootGuest({
      bzImage: "none",
      command: ["true"],
      accelerator: "tcg",
      serialLog: join(folder, "serial.log"),
    });
  };

  before(function () {
    if (!findProgram("busybox")) this.skip(); // Debian package busybox-static
    const fake = join(folder, "qemu-system-x86_64");
    writeFileSync(fake, FAKE_QEMU);
    chmodSync(fake, 0o755);
    process.env.PATH = `${folder}:${PATH}`;
  });
  after(() => {
    Object.assign(process.env, { PATH });
    delete process.env.CALLS;
    delete process.env.FAILURES;
    rmSync(folder, { recursive: true });
  });

  it("is booted once more", async () => {
    expect(await boot(1)).to.include({ outcome: "finished", exitCode: 7 });
    expect(readFileSync(calls, "utf8")).to.equal("\n\n");
  });

  it("is given up the second time, with its log", async () => {
    const error = await boot(2).catch((failure: Error) => failure);
    expect(String(error)).to.match(/serial\.log: the guest did not come up/);
    expect(readFileSync(calls, "utf8")).to.equal("\n\n");
  });
});
