import type { RunCommands } from "../../lab/run/commands.ts";

/** The commands that do what the jobs of a run do. */
export const RUN_COMMANDS: RunCommands = {
  trace: ({ file, simulate }) => {
    if (!simulate) return `npx nicetries trace info ${file}; npx nicetries trace check ${file}`;
    const { source, chip, seed, durationNs } = simulate;
    return `npx nicetries simulate ${source} --chip ${chip} --seed ${seed} --duration ${durationNs / 1e9}s --out ${file}`;
  },
  model({ shown, target, preset, seed, epochs, out }) {
    const limit = epochs === undefined ? "" : ` --epochs ${epochs}`;
    return `npx nicetries train ${shown} --target ${target} --preset ${preset} --split none --seed ${seed}${limit} --out ${out}`;
  },
  verdict: ({ model, shown }) => `npx nicetries evaluate ${model.file} ${shown}`,
  policy: ({ source, policy, chip, seed, durationNs }) =>
    `npx nicetries simulate ${source} --policy ${policy} --chip ${chip} --seed ${seed} --duration ${durationNs / 1e9}s --json`,
};
