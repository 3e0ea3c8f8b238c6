import { InputError } from "../../traces/input-error.ts";
import { HEADER, INPUT, layerSize, MAX_FILE, MAX_INPUTS, MAX_LAYERS, MAX_WIDTH } from "../nt-layout.ts";

/** Bytes of the smallest model file (fixed-point weights alone) of a network. */
export function modelFileSize(inputs: number, hidden: readonly number[]): number {
  const units = [inputs, ...hidden, 1];
  const layers = units.slice(1).reduce((sum, n, l) => sum + layerSize(units[l], n, false), 0);
  return HEADER.size + inputs * INPUT.size + layers;
}

/** Refuses a network that no model file can hold, before it is trained. @throws InputError */
export function checkModelSize(inputs: number, hidden: readonly number[]): void {
  const bytes = modelFileSize(inputs, hidden);
  const fits = inputs <= MAX_INPUTS && hidden.length < MAX_LAYERS && hidden.every((n) => n <= MAX_WIDTH);
  if (fits && bytes <= MAX_FILE) return;
  throw new InputError("the network does not fit a model file", {
    option: "hidden",
    code: "model-size",
    found: `${inputs}-${[...hidden, 1].join("-")}, ${bytes} bytes`,
    expected: `at most ${MAX_FILE} bytes, ${MAX_INPUTS} inputs, ${MAX_LAYERS} layers of at most ${MAX_WIDTH} units`,
    hint: "Use fewer hidden units or inputs.",
  });
}
