/** The order of events at one time: the scheduler's own timers, then the jiffy, the tasks' timers, completions of steps. */
export const PRIORITY_CORE_TIMER = 0;
export const PRIORITY_JIFFY = 1;
export const PRIORITY_TIMER = 2;
export const PRIORITY_COMPLETION = 3;
