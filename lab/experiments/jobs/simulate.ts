import { summarizeTrace } from "../../../traces/summarize.ts";
import type { SimulationChoice } from "../../made.ts";
import { simulateFile } from "../../simulate-file.ts";

/** A simulation whose trace is kept. */
export interface SimulateJob extends SimulationChoice {
  source: string;
  out: string;
}

/** What its trace holds. */
export interface SimulatedTrace {
  rows: number;
  reasons: Record<string, number>;
}

export async function simulate({ source, out, ...choice }: SimulateJob): Promise<SimulatedTrace> {
  await simulateFile(source, { ...choice, out });
  const { rows, reasons } = await summarizeTrace(out);
  return { rows, reasons };
}
