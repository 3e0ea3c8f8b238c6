// A worker thread: registers tsx, then runs the named job of jobs.ts.
import { register } from "tsx/esm/api";

register();
const jobs = await import("./jobs.ts");

export default ({ job, argument }) => jobs[job](argument);
