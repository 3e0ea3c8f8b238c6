/**
 * The order of events at one time: the scheduler's own timers, the jiffy, late interrupts, the tasks' timers, completions of steps, cores' clocks, the end
 * of a turn.
 */
export const PRIORITY_CORE_TIMER = 0;
export const PRIORITY_JIFFY = 1;
export const PRIORITY_INTERRUPT = 2;
export const PRIORITY_TIMER = 3;
export const PRIORITY_COMPLETION = 4;
export const PRIORITY_FREQUENCY = 5;
export const PRIORITY_TURN = 6;
