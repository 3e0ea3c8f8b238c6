import { expect } from "chai";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { bootSector, probeKvm } from "../../kernel-bridge/guest/kvm-probe.ts";

describe("the KVM probe", () => {
  it("says that a missing device does not exist", async () => {
    if (!findProgram("qemu-system-x86_64")) return;
    expect(await probeKvm(1000, "/no/kvm")).to.deep.equal({
      boots: false,
      finding: "/no/kvm does not exist",
    });
  });

  it("has a boot sector that a BIOS accepts", () => {
    const sector = bootSector();
    expect(sector.length).to.equal(512);
    expect([...sector.subarray(510)]).to.deep.equal([0x55, 0xaa]);
  });

  it("sees its boot sector run when the processor is emulated", async function () {
    if (!findProgram("qemu-system-x86_64")) this.skip(); // Debian package qemu-system-x86
    expect((await probeKvm(60_000, "", "tcg")).boots).to.equal(true);
  });

  it("does not take a guest that is killed for one that boots", async function () {
    if (!findProgram("qemu-system-x86_64")) this.skip();
    const probe = await probeKvm(1, "", "tcg");
    expect(probe.boots).to.equal(false);
    expect(probe.finding).to.contain("no guest instruction ran");
  });
});
