import { decodeNt, type NtModel } from "../../model/nt-read.ts";
import { encodeNt } from "../../model/nt-write.ts";
import type { Target, TraceRow } from "../../traces/schema.ts";
import { NUMERIC_NAMES, TEXT_NAMES } from "../../traces/schema.ts";

/** A model that says yes exactly when the task's nice value is above `above`, or not above it. */
export function niceModel(above: number, turned = false, target: Target = "migrate"): NtModel {
  const sign = turned ? -1 : 1;
  return decodeNt(
    encodeNt(
      {
        target,
        threshold: 0,
        inputs: [
          {
            feature: "task_nice",
            transform: "clipped",
            clipLow: -20,
            clipHigh: 19,
            offset: 0,
            scale: 1,
          },
        ],
        layers: [
          {
            inputs: 1,
            outputs: 1,
            activation: "identity",
            weights: Float32Array.of(sign),
            bias: Float32Array.of(-sign * (above + 0.5)),
          },
        ],
      },
      { name: `nice ${above}` },
    ),
  );
}

/** A row in which all is 0 but what is said. */
export const rowOf = (values: Partial<TraceRow>): TraceRow =>
  ({
    ...Object.fromEntries(NUMERIC_NAMES.map((name) => [name, 0])),
    ...Object.fromEntries(TEXT_NAMES.map((name) => [name, ""])),
    ...values,
  }) as TraceRow;
