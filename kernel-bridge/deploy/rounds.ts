/** How often a workload of a verification runs at most to give the decisions asked for. */
export const ROUNDS = 20;
