import { InputError } from "../traces/input-error.ts";

/**
 * These rows can teach nothing, or nothing can be judged on them: there are none, all are of one class, no column varies.
 * Who trains many models goes past it; other InputErrors (a damaged file, no space left) stay failures.
 */
export class UnlearnableError extends InputError {}
