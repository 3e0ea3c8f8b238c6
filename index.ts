/**
 * The library's door: `import { simulate, presetTopology, … } from "nicetries"`. What stands here keeps its name; files behind it
 * may move. docs/library.md shows it at work, `npm run docs:api` lists it.
 */

// From files to files

export type { AdaptEvent, Agreement } from "./adapt/adaptation.ts";
export { CallLog, type Right, type Span } from "./adapt/call-log.ts";
export { openSide, type Pair, pairUp, type Side } from "./lab/compare/pairs.ts";
export type { Range } from "./lab/compare/statistics.ts";
export {
  type CompareOptions,
  comparePairs,
  type MetricComparison,
  type Verdict as MetricVerdict,
} from "./lab/compare/verdict.ts";
export { type EvaluatedFile, type EvaluateFileOptions, evaluateFile } from "./lab/evaluate-file.ts";
export type { SimulationChoice, TrainingChoice, VerdictChoice } from "./lab/made.ts";
export type { OutputNames } from "./lab/output/names.ts";
export type { AdaptReport } from "./lab/policy/adapt.ts";
export type { Supervise, Supervisor } from "./lab/policy/supervisor.ts";
export { readTraces, type SayCost } from "./lab/read-traces.ts";
export { type SimulatedFile, type SimulateFileOptions, simulateFile } from "./lab/simulate-file.ts";
export { openChip, openWorkload } from "./lab/sources.ts";
export type { Cell } from "./lab/sweep/dimensions.ts";
export type { SweepJob } from "./lab/sweep/job.ts";
export type { Shard } from "./lab/sweep/journal.ts";
export { mergeSweep } from "./lab/sweep/merge.ts";
export { METRICS, type Metric } from "./lab/sweep/metrics.ts";
export { readPlan, type SweepPlan } from "./lab/sweep/plan.ts";
export { readResults, type SweepDescription, type SweepResults } from "./lab/sweep/results-file.ts";
export type { SweepRow } from "./lab/sweep/rows.ts";
export { runSweep, type SweepDone, type SweepOptions } from "./lab/sweep/run.ts";
export { type TrainedFile, type TrainFileOptions, trainFile } from "./lab/train-file.ts";

// Learn

export type { RecordingChoice, Window } from "./lab/recording/choice.ts";
export type { RecordingSummary } from "./lab/recording/read-recording.ts";
export type { FittedBaselines } from "./model/baselines/fitted.ts";
export type { TreeNode } from "./model/baselines/tree.ts";
export type { ReasonScore } from "./model/evaluation/by-reason.ts";
export type { Calibration, CalibrationBin } from "./model/evaluation/calibration.ts";
export type { Confusion, Interval, Metrics } from "./model/evaluation/metrics.ts";
export type { PermutationResult } from "./model/evaluation/permutation.ts";
export type { OperatingPoints, ThresholdMetric, ThresholdRule } from "./model/evaluation/threshold.ts";
export type { FeatureSpec } from "./model/feature-sets.ts";
export { featureColumn } from "./model/feature-values.ts";
export { FEATURES, type Feature, type FeatureName, type FeatureType } from "./model/features.ts";
export { FixedPointModel } from "./model/fixed-point.ts";
export type { FixedNet } from "./model/fixed-point-net.ts";
export type { Activation, InputSpec, Layer, Net, Transform } from "./model/net.ts";
export { decodeNt, type NtFile, type NtModel, type NtNetwork, type NtTree, readNt } from "./model/nt-read.ts";
export { type EncodeOptions, encodeNt } from "./model/nt-write.ts";
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
export type { Split } from "./model/split.ts";
export type { ClassWeights, OptimiserName, TrainerConfig } from "./model/trainer/config.ts";
export type { EpochRecord } from "./model/trainer/trainer.ts";
export type { FixedNode, FixedTree, TreeModel } from "./model/tree-model.ts";

// Simulate

export type { SchedstatCpu, SchedstatDomain } from "./sim/balance/schedstat.ts";
export { HARDWARE_PARAMETERS, type Hardware, type HardwareKey, hardware } from "./sim/chip/hardware.ts";
export type { ChipFrequency, Topology, TopologyCpu } from "./sim/chip/topology.ts";
export { parseTopology } from "./sim/chip/topology-json.ts";
export { presetTopology, regularTopology, TOPOLOGY_PRESETS } from "./sim/chip/topology-presets.ts";
export { defaultTunables } from "./sim/core.ts";
export type { Random } from "./sim/engine/random.ts";
export type { LatencySummary } from "./sim/output/latency-histogram.ts";
export type {
  BackgroundResult,
  CpuResult,
  FrequencyResult,
  GroupResult,
  PolicyThreadResult,
  SimulationResult,
  TaskResult,
} from "./sim/output/result.ts";
export type { Given, Parameter } from "./sim/parameters.ts";
export type { ControlQuery, Counters, SettingChanges, Settings } from "./sim/policy/control.ts";
export type { IdleQuery } from "./sim/policy/idle.ts";
export { type Inference, model as modelPolicy, premigrate } from "./sim/policy/learned.ts";
export type { CpuView, DomainView, PlaceQuery, TaskView } from "./sim/policy/place.ts";
export type {
  MigrationQuery,
  Policy,
  PolicyChip,
  PolicyFactory,
  PolicyHost,
  PolicyTunables,
  Verdict,
} from "./sim/policy/policy.ts";
export type { Pull, PullQuery, WaitingTask } from "./sim/policy/pull.ts";
export type { RankedTask, RankQuery } from "./sim/policy/rank.ts";
export { always, cfs, neverHot } from "./sim/policy/stock.ts";
export type { Simulation } from "./sim/run/simulation.ts";
export {
  resultOf,
  type SimulateOptions,
  simulate,
  simulateInTurns,
  startSimulation,
} from "./sim/simulator.ts";
export type { MigrationKind } from "./sim/state/core-listener.ts";
export type { Tunables } from "./sim/tunables.ts";
export type { GroupSpec } from "./sim/workload/groups.ts";
export { MODELS, modelNamed } from "./sim/workload/models/catalogue.ts";
export type { Model, ModelParameter, ModelParameters } from "./sim/workload/models/model.ts";
export type { Workload, WorkloadSetup } from "./sim/workload/programme.ts";
export { rtAppWorkload } from "./sim/workload/rtapp/workload.ts";

// Traces

export type { BalancePass, PassGroup, PassKind, PassListener } from "./traces/balance-pass.ts";
export { type CheckResult, type Finding, isSound, TraceChecker } from "./traces/check.ts";
export type { CsvOptions } from "./traces/csv/parser.ts";
export { readCsv, writeCsv } from "./traces/csv.ts";
export { InputError, type InputErrorDetails, RequestError } from "./traces/input-error.ts";
export { labelTable } from "./traces/label.ts";
export type { Change, Json, Made } from "./traces/made.ts";
export { traceMetadata } from "./traces/metadata.ts";
export type { CostOrigin, MigrationCost } from "./traces/migration-cost.ts";
export type { ReadOptions } from "./traces/parquet/reader.ts";
export type { LabelColumns, ParquetWriterOptions } from "./traces/parquet/writer.ts";
export { ParquetTraceWriter, writeParquet } from "./traces/parquet.ts";
export type { ImportPreset } from "./traces/presets.ts";
export { openTrace, readTrace, type TraceSource } from "./traces/read-trace.ts";
export { isHot, ruleDecision, ruleReason } from "./traces/rule.ts";
export {
  type ColumnName,
  NUMERIC_COLUMNS,
  type NumericColumn,
  type NumericColumnSpec,
  type NumericKind,
  REASONS,
  type Reason,
  TARGETS,
  type Target,
  TEXT_COLUMNS,
  type TextColumn,
  type TextColumnSpec,
  type TraceMetadata,
  type TraceRow,
  type TraceTable,
} from "./traces/schema.ts";
export { summarizeTrace } from "./traces/summarize.ts";
export type { Gap, TraceSummary } from "./traces/summary.ts";
export { concatTables, rowAt, sliceTable, TableBuilder, tableFromRows, takeRows } from "./traces/table.ts";
export type {
  DecisionEvent,
  EndEvent,
  GroupEvent,
  MigrateEvent,
  NewTaskEvent,
  SwitchEvent,
  TimelineContext,
  TimelineEvent,
  TimelineListener,
  TimelineState,
  TimelineTask,
  WakeupEvent,
  WakingEvent,
} from "./traces/timeline.ts";
