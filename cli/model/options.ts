/** Of networks from and for other tools. */
export const FORMATS = ["onnx", "safetensors"] as const;
export type Format = (typeof FORMATS)[number];

/** The options of `model export`, `model import` and `model compile`. */
export interface WriteOptions {
  to?: string;
  out?: string;
  name?: string;
  golden?: boolean;
  json?: boolean;
}
