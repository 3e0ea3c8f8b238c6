/** Side of a tile, px. */
const STRIPE_PX = 7;
const patterns = new Map<number, CanvasPattern>();

/** The stripes as something to fill with. */
export function stripePattern(ctx: CanvasRenderingContext2D, stripes: 1 | 2): CanvasPattern {
  const known = patterns.get(stripes);
  if (known !== undefined) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = STRIPE_PX;
  const own = tile.getContext("2d")!;
  own.strokeStyle = stripes === 1 ? "rgba(0,0,0,.3)" : "rgba(255,255,255,.4)";
  own.beginPath();
  // beyond the edges, so that the tiles join
  for (const by of [-STRIPE_PX, 0, STRIPE_PX]) {
    own.moveTo(by - 1, stripes === 1 ? STRIPE_PX + 1 : -1);
    own.lineTo(by + STRIPE_PX + 1, stripes === 1 ? -1 : STRIPE_PX + 1);
  }
  own.stroke();
  const pattern = ctx.createPattern(tile, "repeat")!;
  patterns.set(stripes, pattern);
  return pattern;
}
