/** The order of events at one time: the jiffy goes before timers, and these before completions of steps. */
export const PRIORITY_JIFFY = 0;
export const PRIORITY_TIMER = 1;
export const PRIORITY_COMPLETION = 2;
