/**
 * The library's door: `import { simulate, presetTopology, … } from "nicetries"`. What stands here keeps its name; files behind it
 * may move. docs/library.md shows it at work.
 */

// From files to files
export { type EvaluatedFile, type EvaluateFileOptions, evaluateFile } from "./lab/evaluate-file.ts";
export type { SimulationChoice, TrainingChoice, VerdictChoice } from "./lab/made.ts";
export type { Supervise, Supervisor } from "./lab/policy/supervisor.ts";
export { readTraces } from "./lab/read-traces.ts";
export { type SimulatedFile, type SimulateFileOptions, simulateFile } from "./lab/simulate-file.ts";
export { openChip, openWorkload } from "./lab/sources.ts";
export { type TrainedFile, type TrainFileOptions, trainFile } from "./lab/train-file.ts";
export type { FeatureSpec } from "./model/feature-sets.ts";
// Learn
export { featureColumn } from "./model/feature-values.ts";
export { FEATURES } from "./model/features.ts";
export { FixedPointModel } from "./model/fixed-point.ts";
export type { Net } from "./model/net.ts";
export { decodeNt, type NtModel, readNt } from "./model/nt-read.ts";
export { encodeNt } from "./model/nt-write.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  evaluateModel,
  type TrainRequest,
  type TrainResult,
  trainModel,
  trainModels,
} from "./model/pipeline.ts";
export { quantise } from "./model/quantise.ts";
// Simulate
export { type Hardware, hardware } from "./sim/chip/hardware.ts";
export type { Topology, TopologyCpu } from "./sim/chip/topology.ts";
export { parseTopology } from "./sim/chip/topology-json.ts";
export { presetTopology, regularTopology, TOPOLOGY_PRESETS } from "./sim/chip/topology-presets.ts";
export { defaultTunables } from "./sim/core.ts";
export type { SimulationResult } from "./sim/output/result.ts";
export type { Parameter } from "./sim/parameters.ts";
export { type Inference, model as modelPolicy, premigrate } from "./sim/policy/learned.ts";
export type {
  MigrationQuery,
  Policy,
  PolicyChip,
  PolicyFactory,
  PolicyHost,
  Verdict,
} from "./sim/policy/policy.ts";
export { always, cfs, neverHot } from "./sim/policy/stock.ts";
export type { Simulation } from "./sim/run/simulation.ts";
export {
  resultOf,
  type SimulateOptions,
  simulate,
  simulateInTurns,
  startSimulation,
} from "./sim/simulator.ts";
export { MODELS, modelNamed } from "./sim/workload/models/catalogue.ts";
export type { Workload } from "./sim/workload/programme.ts";
export { rtAppWorkload } from "./sim/workload/rtapp/workload.ts";
// Traces
export { type CheckResult, isSound, TraceChecker } from "./traces/check.ts";
export { readCsv, writeCsv } from "./traces/csv.ts";
export { InputError, type InputErrorDetails, RequestError } from "./traces/input-error.ts";
export { labelTable } from "./traces/label.ts";
export { traceMetadata } from "./traces/metadata.ts";
export { ParquetTraceWriter, writeParquet } from "./traces/parquet.ts";
export { openTrace, readTrace, type TraceSource } from "./traces/read-trace.ts";
export { isHot, ruleDecision, ruleReason } from "./traces/rule.ts";
export {
  REASONS,
  type Reason,
  TARGETS,
  type Target,
  type TraceMetadata,
  type TraceRow,
  type TraceTable,
} from "./traces/schema.ts";
export { summarizeTrace } from "./traces/summarize.ts";
export { concatTables, rowAt, sliceTable, TableBuilder, tableFromRows, takeRows } from "./traces/table.ts";
export type { TimelineEvent, TimelineListener } from "./traces/timeline.ts";
