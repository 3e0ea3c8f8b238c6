/** The jobs of experiments, as worker threads call them: plain data in, plain data out. */

export { ceiling } from "./jobs/ceiling.ts";
export { countClasses, scoreInputs } from "./jobs/describe.ts";
export { foretell } from "./jobs/foretell.ts";
export { judgeFile } from "./jobs/judge-file.ts";
export { learn } from "./jobs/learn.ts";
export { observe } from "./jobs/observe.ts";
export { predict } from "./jobs/predict.ts";
export { regime } from "./jobs/regime.ts";
export { simulate } from "./jobs/simulate.ts";
export { train } from "./jobs/train.ts";
