import { expect } from "chai";
import fc from "fast-check";
import {
  type DurationUnit,
  formatDuration,
  parseCount,
  parseDuration,
  parseSize,
} from "../../traces/quantity.ts";

/** Units as powers of ten of ns. */
const POWERS = { ns: 0, us: 3, ms: 6, s: 9 } as const;

describe("quantities as people write them", () => {
  it("reads times in every unit, with fractions, blanks and separators", () => {
    const cases: [string, number][] = [
      ["500us", 500_000],
      ["4ms", 4_000_000],
      ["1.5s", 1_500_000_000],
      ["2m", 120e9],
      ["2min", 120e9],
      ["1h", 3600e9],
      ["0.000000001s", 1],
      ["7ns", 7],
      ["3µs", 3000],
      ["3μs", 3000],
      [" 10 ms ", 10_000_000],
      ["1_000_000ns", 1_000_000],
      ["0", 0],
      ["0.0", 0],
      ["0s", 0],
    ];
    for (const [text, ns] of cases) expect(parseDuration(text), text).to.equal(ns);
  });

  it("takes a number without a unit for the one that the place states, or not at all", () => {
    expect(parseDuration("500000", "ns")).to.equal(500_000);
    expect(parseDuration("1.5", "s")).to.equal(1_500_000_000);
    expect(parseDuration("4ms", "s")).to.equal(4_000_000);
    expect(parseDuration("4")).to.equal(undefined);
    expect(parseSize("4")).to.equal(undefined);
    expect(parseSize("4096", "MiB")).to.equal(2 ** 32);
  });

  it("reads sizes: binary, those of QEMU, and decimal", () => {
    const cases: [string, number][] = [
      ["512KiB", 524_288],
      ["6MiB", 6_291_456],
      ["1.5MiB", 1_572_864],
      ["4G", 2 ** 32],
      ["1TiB", 2 ** 40],
      ["10kB", 10_000],
      ["10KB", 10_000],
      ["3MB", 3_000_000],
      ["17B", 17],
    ];
    for (const [text, bytes] of cases) expect(parseSize(text), text).to.equal(bytes);
  });

  it("reads counts", () => {
    const cases: [string, number][] = [
      ["17", 17],
      ["1_000", 1000],
      ["20k", 20_000],
      ["2M", 2_000_000],
      ["1.5k", 1500],
      ["1e6", 1_000_000],
      ["0", 0],
    ];
    for (const [text, n] of cases) expect(parseCount(text), text).to.equal(n);
  });

  it("knows what is no quantity", () => {
    const texts = [
      "",
      " ",
      "soon",
      "ms",
      "-1",
      "-1s",
      "+1s",
      "1.s",
      ".5s",
      "1,5s",
      "1e3s",
      "0x10",
      "1s2",
      "1 s 2 ms",
      "4MS",
      "4 parsecs",
    ];
    const endless = "9".repeat(1000);
    for (const text of [
      ...texts,
      "0.5ns",
      "1.0000000001s",
      "9007199254740992ns",
      "Infinity",
      "NaN",
      `${endless}s`,
      "1_0s",
      "_1s",
      "4ms\n4ms",
      "toString",
    ]) {
      expect(parseDuration(text, "ns"), text).to.equal(undefined);
      expect(parseDuration(text), text).to.equal(undefined);
    }
    for (const text of [...texts, "1.5", "4ms", "1e99", "12B"])
      expect(parseCount(text), text).to.equal(undefined);
    for (const text of [...texts, "1.5", "4ms", "1.5B"])
      expect(parseSize(text, "B"), text).to.equal(undefined);
  });

  it("writes every time so that it is read back as it was", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ns) => {
        expect(parseDuration(formatDuration(ns))).to.equal(ns);
      }),
    );
    expect([0, 7, 1000, 500_000, 4_000_000, 1_500_000_000, 4_294_967_294].map(formatDuration)).to.deep.equal([
      "0ns",
      "7ns",
      "1us",
      "500us",
      "4ms",
      "1.5s",
      "4.294967294s",
    ]);
  });

  it("gives the same for a number and for its decimal shift into another unit", () => {
    const unit = fc.constantFrom<DurationUnit>("ns", "us", "ms", "s");
    fc.assert(
      fc.property(fc.nat(9_000_000), unit, unit, (n, from, to) => {
        const shift = POWERS[from] - POWERS[to];
        const digits = String(n).padStart(13, "0");
        const shifted =
          shift >= 0 ? `${n}${"0".repeat(shift)}` : `${digits.slice(0, shift)}.${digits.slice(shift)}`;
        expect(parseDuration(`${shifted}${to}`)).to.equal(parseDuration(`${n}${from}`));
        expect(parseDuration(shifted, to)).to.equal(n * 10 ** POWERS[from]);
      }),
    );
  });

  it("never gives anything but a whole number from 0 to 2^53 - 1, whatever the text", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,20}(\.\d{1,12})?(ns|us|ms|s|m|h|KiB|G|k)?$/));
    fc.assert(
      fc.property(text, (each) => {
        for (const value of [parseDuration(each, "s"), parseSize(each, "B"), parseCount(each)])
          if (value !== undefined) expect(Number.isSafeInteger(value) && value >= 0).to.equal(true);
      }),
    );
  });
});
