import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  ADAPT_COLOURS,
  IN_THE_DARK,
  JUDGE_COLOURS,
  POLICY_COLOURS,
  REASON_COLOURS,
  scaleOf,
} from "../../report/figures/palette.ts";
import { PAGE_STYLE } from "../../report/page-style.ts";
import { REASONS } from "../../traces/schema.ts";

type Vector = readonly number[];

/** Linear RGB as seen with full colour-vision deficiency: Machado, Oliveira & Fernandes 2009. */
const SIGHT: Readonly<Record<string, readonly Vector[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linearOf(hex: string): Vector {
  return [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
}

/** CIE L*a*b* under D65. */
function labOf(rgb: Vector): Vector {
  const [r, g, b] = rgb.map((c) => Math.min(1, Math.max(0, c))) as [number, number, number];
  const [x, y, z] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
  ].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const seen = (hex: string, sight: readonly Vector[]): Vector => {
  const linear = linearOf(hex);
  return labOf(sight.map((row) => row.reduce((sum, m, i) => sum + m * linear[i], 0)));
};
const distance = (a: Vector, b: Vector): number => Math.hypot(...a.map((value, i) => value - b[i]));

const inTheDark = (colour: string): string => IN_THE_DARK[colour] ?? colour;

describe("the palette", () => {
  it("has a colour for every reason", () => {
    expect(Object.keys(REASON_COLOURS)).to.have.members([...REASONS]);
  });

  for (const [group, colours] of Object.entries({
    REASON_COLOURS,
    JUDGE_COLOURS,
    POLICY_COLOURS,
    ADAPT_COLOURS,
  }))
    for (const [name, sight] of Object.entries(SIGHT))
      it(`${group} can be told apart with ${name === "normal" ? "normal sight" : name}`, () => {
        const entries = Object.entries(colours);
        for (const page of [(colour: string) => colour, inTheDark])
          entries.forEach(([a, first], i) => {
            for (const [b, second] of entries.slice(i + 1))
              expect(
                distance(seen(page(first), sight), seen(page(second), sight)),
                `${a}, ${b}`,
              ).to.be.greaterThan(16);
          });
      });

  it("stands out from a dark page", () => {
    const paper = seen("#0d1117", SIGHT.normal);
    for (const colours of [REASON_COLOURS, JUDGE_COLOURS, POLICY_COLOURS, ADAPT_COLOURS])
      for (const [name, colour] of Object.entries(colours))
        expect(distance(seen(inTheDark(colour), SIGHT.normal), paper), name).to.be.greaterThan(35);
    for (const [light, dark] of Object.entries(IN_THE_DARK))
      expect(PAGE_STYLE).to.contain(`[fill="${light}" i] { fill: ${dark}; }`);
  });

  it("colours the picture of the README, which says in words what it shows", () => {
    const picture = readFileSync(new URL("../../docs/picture.svg", import.meta.url), "utf8");
    expect(picture).to.match(/<title id="title">[^<]+<\/title>\n<desc id="desc">[^<]{200,}<\/desc>/);
    expect(picture).to.contain('role="img" aria-labelledby="title desc"');
    const bars = [...picture.matchAll(/<rect [^>]*fill="(#\w{6})"/g)].map(([, colour]) => colour);
    expect(bars.length).to.be.greaterThan(50);
    expect(Object.values(REASON_COLOURS)).to.include.members(bars);
  });

  it("refuses names without a colour", () => {
    expect(() => scaleOf(["rule", "nobody"], JUDGE_COLOURS)).to.throw("no colour for nobody");
  });
});
