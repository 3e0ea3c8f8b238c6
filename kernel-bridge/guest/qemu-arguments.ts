import type { GuestClock } from "./clock.ts";
import type { Accelerator } from "./kvm-probe.ts";

/** Eight CPUs as four cores of two threads (SMT and MC domains), or as eight cores (MC only). */
export const TOPOLOGIES = ["4x2", "8x1"] as const;
export type GuestTopology = (typeof TOPOLOGIES)[number];

/** Any other regular machine; each socket has a last-level cache of its own. */
export interface GuestChip {
  sockets: number;
  /** Cores of a socket, threads of a core. */
  cores: number;
  threads: number;
  /** CPUs of each NUMA node, in order; empty: no NUMA. */
  nodes: readonly number[];
}

/**
 * The machine for kernels that are slow: QEMU's own makes its table of interrupts in a loop of AML, which Linux breaks off
 * after 30 s (ACPI_MAX_LOOP_TIMEOUT), and then no device has an interrupt.
 */
export type Chipset = "q35";

/** The date at which guests in virtual time start. */
const VIRTUAL_TIME_BEGIN = "2026-01-01T00:00:00";

export interface GuestMachine {
  accelerator: Accelerator;
  /** Default: the host's. Virtual time needs TCG. */
  clock?: GuestClock;
  topology: GuestTopology | GuestChip;
  /** QEMU's machine; default: its own. */
  chipset?: Chipset;
  memoryMiB: number;
  bzImage: string;
  initramfs: string;
  /** The guest's root is in its memory: the host's files are not shared. */
  ownRoot?: boolean;
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
 * others the kernel builds no SMT domain. The last-level cache is shared by all CPUs of a socket.
 */
export function qemuArguments(machine: GuestMachine): string[] {
  const chip = guestChip(machine.topology);
  const share = (id: string, path: string, readonly: boolean) => [
    "-fsdev",
    `local,id=${id},path=${path},security_model=none,multidevs=remap${readonly ? ",readonly=on" : ""}`,
    "-device",
    `virtio-9p-pci,fsdev=${id},mount_tag=${id}`,
  ];
  const fixed = machine.clock?.name === "virtual" ? "nokaslr " : "";
  const append = `console=ttyS0 panic=-1 schedstats=enable rdinit=/init ${fixed}${machine.append}`.trim();
  return [
    ...clockArguments(machine),
    ...["-cpu", machine.accelerator === "tcg" ? "Skylake-Client-v3" : "host,migratable=no"],
    ...["-smp", smp(chip)],
    ...nodeArguments(chip, machine.memoryMiB),
    ...["-m", `${machine.memoryMiB}M`],
    ...(machine.chipset === undefined ? [] : ["-machine", machine.chipset]),
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ...["-serial", `file:${machine.serialLog}`],
    ...["-chardev", `socket,id=terminal,path=${machine.terminal}`, "-serial", "chardev:terminal"],
    ...(machine.ownRoot ? [] : share("hostroot", "/", true)),
    ...share("exchange", machine.exchange, false),
    ...["-kernel", machine.bzImage, "-initrd", machine.initramfs, "-append", append],
  ];
}

/**
 * In virtual time one thread runs all CPUs in turn and counts their instructions; `sleep=off` makes an idle guest jump to its next
 * timer at once. The date is fixed and moves with the instructions, random numbers come from the seed, addresses are not drawn: what
 * is left to chance is when the host completes a request of a device.
 */
function clockArguments({ accelerator, clock }: GuestMachine): string[] {
  if (clock?.name !== "virtual") return ["-accel", accelerator === "tcg" ? "tcg,thread=multi" : "kvm"];
  return [
    ...["-accel", "tcg,thread=single", "-icount", `shift=${clock.shift},sleep=off`],
    ...["-rtc", `base=${VIRTUAL_TIME_BEGIN},clock=vm`, "-seed", String(clock.seed)],
  ];
}

function guestChip(topology: GuestTopology | GuestChip): GuestChip {
  if (typeof topology !== "string") return topology;
  const [cores, threads] = topology.split("x").map(Number) as [number, number];
  return { sockets: 1, cores, threads, nodes: [] };
}

const smp = ({ sockets, cores, threads }: GuestChip) =>
  `${sockets * cores * threads},sockets=${sockets},cores=${cores},threads=${threads}`;

/** NUMA nodes, each with its share of the memory. */
function nodeArguments({ nodes }: GuestChip, memoryMiB: number): string[] {
  const share = Math.floor(memoryMiB / Math.max(1, nodes.length));
  let cpu = 0;
  return nodes.flatMap((cpus, node) => {
    const size = node === 0 ? memoryMiB - share * (nodes.length - 1) : share;
    const range = `${cpu}-${cpu + cpus - 1}`;
    cpu += cpus;
    return [
      ...["-object", `memory-backend-ram,id=node${node},size=${size}M`],
      ...["-numa", `node,nodeid=${node},cpus=${range},memdev=node${node}`],
    ];
  });
}
