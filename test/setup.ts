import fc from "fast-check";

/**
 * Properties run with a fixed seed, so that a failure in CI is the same failure on every machine; fast-check
 * prints the replay path. Explore with another seed: `FC_SEED=7 FC_RUNS=10000 npm test`.
 */
fc.configureGlobal({
  seed: Number(process.env.FC_SEED ?? 20240601),
  numRuns: Number(process.env.FC_RUNS ?? 200),
  verbose: fc.VerbosityLevel.Verbose,
});
