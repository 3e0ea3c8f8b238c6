import type { Accelerator } from "./kvm-probe.ts";

/** Eight CPUs as four cores of two threads (SMT and MC domains), or as eight cores (MC only). */
export const TOPOLOGIES = ["4x2", "8x1"] as const;
/** The same with two more CPUs that control the eight (lockstep/). */
export const CONTROLLED_TOPOLOGIES = ["5x2", "10x1"] as const;
export type GuestTopology = (typeof TOPOLOGIES)[number] | (typeof CONTROLLED_TOPOLOGIES)[number];

export interface GuestMachine {
  accelerator: Accelerator;
  topology: GuestTopology;
  memoryMiB: number;
  bzImage: string;
  initramfs: string;
  /** Host folder shared read-write as /nicetries. */
  exchange: string;
  /** File for the kernel's log. */
  serialLog: string;
  /** Unix socket on which the command's terminal is served. */
  terminal: string;
  /** Further words of the kernel command line. */
  append: string;
}

/**
 * QEMU's arguments for a guest. Under TCG the CPU must be a model that shows hyper-threads and a shared cache: with
 * others the kernel builds no SMT domain. The last-level cache is shared by all CPUs, as on the chip modelled.
 */
export function qemuArguments(machine: GuestMachine): string[] {
  const [cores, threads] = machine.topology.split("x").map(Number) as [number, number];
  const share = (id: string, path: string, readonly: boolean) => [
    "-fsdev",
    `local,id=${id},path=${path},security_model=none,multidevs=remap${readonly ? ",readonly=on" : ""}`,
    "-device",
    `virtio-9p-pci,fsdev=${id},mount_tag=${id}`,
  ];
  const append = `console=ttyS0 panic=-1 schedstats=enable rdinit=/init ${machine.append}`.trim();
  return [
    ...["-accel", machine.accelerator === "tcg" ? "tcg,thread=multi" : "kvm"],
    ...["-cpu", machine.accelerator === "tcg" ? "Skylake-Client-v3" : "host,migratable=no"],
    ...["-smp", `${cores * threads},sockets=1,cores=${cores},threads=${threads}`],
    ...["-m", `${machine.memoryMiB}M`],
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ...["-serial", `file:${machine.serialLog}`],
    ...["-chardev", `socket,id=terminal,path=${machine.terminal}`, "-serial", "chardev:terminal"],
    ...share("hostroot", "/", true),
    ...share("exchange", machine.exchange, false),
    ...["-kernel", machine.bzImage, "-initrd", machine.initramfs, "-append", append],
  ];
}
