import type { Random } from "../engine/random.ts";
import { MAX_DEPTH } from "./scenario.ts";

/** What a generator knows of the groups it has made, and of who is in them: nearly all, as some steps have no effect. */
export class GroupBook {
  private readonly random: Random;
  /** Parent of each group that is there. */
  private readonly parents = new Map<number, number>();
  /** Group of each task that is not in the root group. */
  private readonly where = new Map<number, number>();

  constructor(random: Random) {
    this.random = random;
  }

  add(group: number, parent: number): void {
    if (!this.parents.has(group)) this.parents.set(group, parent);
  }

  delete(group: number): void {
    this.parents.delete(group);
  }

  attach(task: number, group: number): void {
    this.where.set(task, group);
  }

  depth(group: number): number {
    return group === 0 ? 0 : 1 + this.depth(this.parents.get(group) ?? 0);
  }

  parent(group: number): number {
    return this.parents.get(group) ?? 0;
  }

  /** Any group at most `depth` deep, or the root group. */
  any(depth = MAX_DEPTH): number {
    const all = [0, ...this.parents.keys()].filter((group) => this.depth(group) <= depth);
    return all[Math.floor(this.random() * all.length)];
  }

  /** Any group without children; null where there is none. */
  childless(): number | null {
    const parents = new Set(this.parents.values());
    const all = [...this.parents.keys()].filter((group) => !parents.has(group));
    return all.length === 0 ? null : all[Math.floor(this.random() * all.length)];
  }

  tasksOf(group: number): number[] {
    return [...this.where].filter(([, its]) => its === group).map(([task]) => task);
  }
}
