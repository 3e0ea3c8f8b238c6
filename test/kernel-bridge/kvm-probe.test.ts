import { expect } from "chai";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { bootSector, knownUnfit, notOpened, probeKvm } from "../../kernel-bridge/guest/kvm-probe.ts";

describe("the KVM probe", () => {
  it("says that a missing device does not exist", async () => {
    if (!findProgram("qemu-system-x86_64")) return;
    expect(await probeKvm(1000, "/no/kvm")).to.deep.include({
      boots: false,
      finding: "/no/kvm does not exist",
    });
  });

  it("says how to get at a device that may not be opened, and to root something else", () => {
    expect(notOpened("/dev/kvm", 1000).fix).to.equal(
      "For KVM: sudo usermod -aG kvm $USER, then log in again",
    );
    expect(notOpened("/dev/kvm", 0).fix).not.to.match(/sudo|group/);
  });

  it("knows a KVM that cannot boot a stock kernel by its module, without trying", () => {
    expect(knownUnfit("/sys")).to.contain("PVM");
    expect(knownUnfit("/no/such/module")).to.equal(undefined);
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
