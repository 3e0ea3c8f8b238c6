#!/bin/sh
# Makes the traces of this folder and the tables of its README again. Equal versions give equal bytes.
set -eu
cd "$(dirname "$0")/../.."
for workload in hackbench database numeric convolution compression; do
  npx tsx cli/main.ts simulate "$workload" --seed 1 --duration 3s --out "traces/synthetic/$workload.parquet" --json >/dev/null
done
npx tsx cli/main.ts trace check traces/synthetic/*.parquet
npx tsx traces/datasheet.ts traces/synthetic
