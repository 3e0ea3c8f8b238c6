/** Endings of what a chip, a workload or a recording is written in. */
const ENDINGS =
  /\.(json|ya?ml|xml|txt|tar|tgz|gz|html?|ftrace|trace|pftrace|perfetto-trace|pb|report|script|log|dat|data)$/i;

/** What names a file, where a preset or a model could be named as well: a folder is in the name, or such an ending. */
export const isFileName = (text: string): boolean => ENDINGS.test(text) || text.includes("/");
