#!/bin/sh
# Makes again what depends on the simulator, the presets or the recordings, in the order in which one needs the other: an
# hour. Figures of the notebooks stay as they are: test/notebooks says which differ.
set -eu
cd "$(dirname "$0")/.."
sh traces/synthetic/make.sh
npx tsx kernel-bridge/benchmarks/record-all.ts --tables
npx tsx kernel-bridge/benchmarks/record-all.ts --set groups --tables
npx tsx scripts/background.ts --effect
npx tsx scripts/learning-tables.ts
npx tsx scripts/adapting.ts
npx tsx scripts/learned-cost.ts train
npx tsx scripts/nest.ts
npm start --silent -- --force
npx tsx scripts/results.ts
npx nicetries experiment all
npx tsx scripts/experiments.ts
npx tsx scripts/replays.ts
npm run generate --silent
