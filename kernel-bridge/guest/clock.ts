import { InputError } from "../../traces/input-error.ts";
import { newerQemuAdvice } from "./newer-qemu.ts";
import { installedQemus, type Qemu, VIRTUAL_TIME_QEMU, virtualTimeQemu } from "./qemu.ts";

/**
 * What moves a guest's time. `host`: the host's clock; an emulated CPU that the host takes away stands still while its time goes on.
 * `virtual`: the guest's own instructions, whatever the host does meanwhile.
 */
export type ClockName = "host" | "virtual";

/** A guest's clock, ready to boot with. */
export type GuestClock =
  | { name: "host" }
  | {
      name: "virtual";
      qemu: Qemu;
      /** An instruction takes 2^shift ns of the guest's time. */
      shift: number;
      /** For the guest's source of random numbers. */
      seed: number;
    };

/** What QEMU takes for -icount shift. */
const MAX_SHIFT = 10;

/** 4 ns for an instruction, 250 million a second. */
export const DEFAULT_SHIFT = 2;

/** Million instructions in a second of the guest's time, all its CPUs together. */
export const speedOf = (shift: number): number => 1000 / 2 ** shift;

/** The speeds that can be asked for, fastest first. */
export const SPEEDS: readonly number[] = Array.from({ length: MAX_SHIFT + 1 }, (_, shift) => speedOf(shift));

/** The shift of a speed, undefined for one that QEMU does not offer. */
export function shiftOf(speed: number): number | undefined {
  const shift = SPEEDS.indexOf(speed);
  return shift < 0 ? undefined : shift;
}

export interface ClockWish {
  /** auto: virtual where a QEMU of this machine can, else the host's. */
  clock: ClockName | "auto";
  shift?: number;
  seed?: number;
}

/** Finds what is needed for a wish. Throws when virtual time is wanted and no QEMU can. */
export function guestClock({ clock, shift = DEFAULT_SHIFT, seed = 1 }: ClockWish): GuestClock {
  if (clock === "host") return { name: "host" };
  const qemu = virtualTimeQemu();
  if (qemu) return { name: "virtual", qemu, shift, seed };
  if (clock === "auto") return { name: "host" };
  const found = installedQemus().map(({ path, version }) => `${path} is ${version}`);
  throw new InputError("virtual time needs a newer QEMU", {
    found: found.join(", ") || "no QEMU",
    expected: `${VIRTUAL_TIME_QEMU.join(".")} or newer`,
    hint: `${newerQemuAdvice()}. Or take --clock host`,
  });
}

/** What a trace says about the clock it was recorded under. */
export function clockNotes(clock: GuestClock): Record<string, string> {
  if (clock.name === "host") return { clock: "host" };
  return {
    clock: "virtual",
    icountShift: String(clock.shift),
    instructionsPerSecond: String(1e6 * speedOf(clock.shift)),
    qemu: clock.qemu.version,
    qemuSeed: String(clock.seed),
  };
}

/** The clock in words, for messages. */
export function clockText(clock: GuestClock): string {
  if (clock.name === "host") return "the host's clock";
  return `virtual time, ${speedOf(clock.shift)} million instructions a second (QEMU ${clock.qemu.version})`;
}
