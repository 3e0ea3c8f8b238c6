import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Browser, Locator } from "playwright-core";

/**
 * Pictures that a test expects, test/golden/pictures/NAME.png, compared pixel by pixel.
 *
 *  S1. A pixel differs where one of red, green and blue is off by more than LEVELS, and no pixel next to it is nearer: edges that
 *      another browser smooths otherwise are none.
 *  S2. A picture differs where more than SHARE of its pixels do.
 *  S3. No picture holds letters (withoutLetters), for fonts are those of the machine.
 *
 * `UPDATE=1 npx mocha test/explorer/pictures.test.ts` accepts what is different now.
 */
const LEVELS = 40;
export const SHARE = 0.003;
const updating = process.env.UPDATE === "1" && process.env.CI === undefined;

const pathOf = (name: string): string => fileURLToPath(new URL(`pictures/${name}.png`, import.meta.url));

/** For addInitScript(): no letters on canvases. */
export const WITHOUT_LETTERS = "CanvasRenderingContext2D.prototype.fillText = () => {};";
/** The same for all else. */
const NO_LETTERS = "* { color: transparent !important; } svg text { visibility: hidden !important; }";

/** Takes the picture of an element, and compares it with the golden one. */
export async function expectPicture(browser: Browser, name: string, element: Locator): Promise<void> {
  const taken = await element.screenshot({ animations: "disabled", style: NO_LETTERS });
  const path = pathOf(name);
  const share = existsSync(path) ? await difference(browser, readFileSync(path), taken) : 1;
  mkdirSync(new URL("pictures", import.meta.url), { recursive: true });
  const changed = path.replace(/\.png$/, "-changed.png");
  if (share > SHARE && !updating) {
    writeFileSync(changed, taken);
    expect.fail(
      `${changed}: ${(100 * share).toFixed(2)} % of the pixels differ from ${name}.png, at most ${100 * SHARE} % may; look at both, and accept the new one with UPDATE=1 if it is meant`,
    );
  }
  if (share > SHARE) writeFileSync(path, taken);
  rmSync(changed, { force: true });
}

/** The share of pixels that differ; 1 where the sizes do. */
export async function difference(browser: Browser, a: Buffer, b: Buffer): Promise<number> {
  const page = await browser.newPage();
  try {
    return (await page.evaluate(`(async () => {
      const pixels = async (base64) => {
        const image = new Image();
        image.src = "data:image/png;base64," + base64;
        await image.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.width, image.height];
        const ctx = canvas.getContext("2d");
        ctx.drawImage(image, 0, 0);
        return ctx.getImageData(0, 0, image.width, image.height);
      };
      const [a, b] = [await pixels("${a.toString("base64")}"), await pixels("${b.toString("base64")}")];
      if (a.width !== b.width || a.height !== b.height) return 1;
      const off = (at, x, of, y) =>
        Math.max(...[0, 1, 2].map((c) => Math.abs(at.data[4 * x + c] - of.data[4 * y + c])));
      // whether some pixel of the other picture at this place or next to it is like it
      const isFound = (from, to, x, y) => {
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++) {
            const [nx, ny] = [x + dx, y + dy];
            if (nx < 0 || ny < 0 || nx >= a.width || ny >= a.height) continue;
            if (off(from, y * a.width + x, to, ny * a.width + nx) <= ${LEVELS}) return true;
          }
        return false;
      };
      let different = 0;
      for (let y = 0; y < a.height; y++)
        for (let x = 0; x < a.width; x++) {
          const i = y * a.width + x;
          if (off(a, i, b, i) > ${LEVELS} && !(isFound(a, b, x, y) && isFound(b, a, x, y))) different++;
        }
      return different / (a.width * a.height);
    })()`)) as number;
  } finally {
    await page.close();
  }
}
