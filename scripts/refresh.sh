#!/bin/sh
# Makes again what depends on the simulator, the presets or the recordings, in the order in which one needs the other: ten
# minutes. Figures of the notebooks stay as they are: test/notebooks says which differ.
set -eu
cd "$(dirname "$0")/.."
sh traces/synthetic/make.sh
npx tsx kernel-bridge/benchmarks/record-all.ts --tables
npx tsx kernel-bridge/benchmarks/record-all.ts --set groups --tables
npx tsx scripts/background.ts --effect
npx tsx scripts/learning-tables.ts
npm start --silent -- --force
npx tsx scripts/results.ts
npm run generate --silent
