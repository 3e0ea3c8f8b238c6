import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { virtualTimeCheck } from "../../kernel-bridge/doctor/guest-checks.ts";
import { bootGuest } from "../../kernel-bridge/guest/boot.ts";
import { clockNotes, guestClock, SPEEDS, shiftOf, speedOf } from "../../kernel-bridge/guest/clock.ts";
import { newerQemuAdvice } from "../../kernel-bridge/guest/newer-qemu.ts";
import { installedQemus, knowsVirtualTime } from "../../kernel-bridge/guest/qemu.ts";
import { qemuArguments } from "../../kernel-bridge/guest/qemu-arguments.ts";

const qemu = (version: string) => ({ path: "/usr/bin/qemu-system-x86_64", version });

/** A folder with a program that says it is that version of QEMU. */
function fakeQemu(version: string): string {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-qemu-"));
  const path = join(folder, "qemu-system-x86_64");
  writeFileSync(path, `#!/bin/sh\necho 'QEMU emulator version ${version} (Debian 1:x)'\n`);
  chmodSync(path, 0o755);
  return folder;
}

describe("a QEMU for virtual time", () => {
  const old = fakeQemu("7.2.19");
  const recent = fakeQemu("8.1.0");
  const { PATH } = process.env;
  afterEach(() => Object.assign(process.env, { PATH }));
  after(() => {
    for (const folder of [old, recent]) rmSync(folder, { recursive: true });
  });

  it("is 8.1 or newer", () => {
    expect(["7.2.19", "8.0.5"].map((v) => knowsVirtualTime(qemu(v)))).to.deep.equal([false, false]);
    expect(["8.1.0", "9.0", "10.0.2"].map((v) => knowsVirtualTime(qemu(v)))).to.deep.equal([
      true,
      true,
      true,
    ]);
  });

  it("is found behind an older one in PATH", () => {
    process.env.PATH = `${old}:${recent}`;
    expect(
      installedQemus()
        .slice(0, 2)
        .map((each) => each.version),
    ).to.deep.equal(["7.2.19", "8.1.0"]);
    expect(guestClock({ clock: "auto", shift: 3 })).to.deep.equal({
      name: "virtual",
      qemu: { path: join(recent, "qemu-system-x86_64"), version: "8.1.0" },
      shift: 3,
      seed: 1,
    });
    expect(virtualTimeCheck().status).to.equal("ok");
  });

  it("is asked for with commands where it is missing, in an error and by the doctor", () => {
    const osRelease = "ID=debian\nVERSION_CODENAME=bookworm\n";
    const advice = newerQemuAdvice(osRelease, (codename) => [`mirror:/${codename}`]);
    expect(advice).to.match(
      /^echo 'deb \[signed-by=\S+\] mirror:\/bookworm bookworm-backports main' \| .*&& .*apt-get install .*-t bookworm-backports qemu-system-x86$/,
    );
    expect(virtualTimeCheck([qemu("7.2.19")], () => advice)).to.deep.include({
      status: "warning",
      fix: advice,
    });
    expect(newerQemuAdvice("VERSION_CODENAME=noble\n")).to.match(/Ubuntu 24\.04/);
  });

  it("is not needed for the host's clock", () => {
    expect(guestClock({ clock: "host", shift: 1 })).to.deep.equal({ name: "host" });
  });
});

describe("a guest's clock", () => {
  const clock = { name: "virtual", qemu: qemu("10.0.2"), shift: 2, seed: 7 } as const;
  const machine = {
    accelerator: "tcg",
    topology: "4x2",
    memoryMiB: 512,
    bzImage: "b",
    initramfs: "i",
    exchange: "/x",
    serialLog: "/s",
    terminal: "/t",
    append: "",
  } as const;
  const line = (words: readonly string[]) => words.join(" ");

  it("virtual: counts the instructions of a single translator thread, from a fixed date and seed", () => {
    expect(line(qemuArguments({ ...machine, clock }))).to.include(
      "-accel tcg,thread=single -icount shift=2,sleep=off -rtc base=2026-01-01T00:00:00,clock=vm -seed 7",
    );
  });

  it("host: translates with a thread for each CPU", () => {
    const words = line(qemuArguments(machine));
    expect(words).to.include("-accel tcg,thread=multi");
    expect(words).not.to.match(/icount|-rtc|nokaslr/);
  });

  it("is stored in traces with its speed and the QEMU that ran it", () => {
    expect(clockNotes(clock)).to.deep.equal({
      clock: "virtual",
      icountShift: "2",
      instructionsPerSecond: "250000000",
      qemu: "10.0.2",
      qemuSeed: "7",
    });
    expect(clockNotes({ name: "host" })).to.deep.equal({ clock: "host" });
  });

  it("has the speeds that QEMU offers", () => {
    expect(SPEEDS.map((speed) => speedOf(shiftOf(speed)!))).to.deep.equal(SPEEDS);
    expect(shiftOf(100)).to.equal(undefined);
  });

  it("cannot be virtual under KVM", async () => {
    const error = await bootGuest({ bzImage: "none", clock, accelerator: "kvm" }).catch((e: Error) => e);
    expect(String(error)).to.match(/KVM runs on the host's time/);
  });
});
