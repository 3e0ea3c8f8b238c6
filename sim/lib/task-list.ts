import type { Task } from "../state/task.ts";

/**
 * The list of a queue's tasks (rq->cfs_tasks), most recently run first; the balancer looks from its end.
 *
 * Invariants:
 *  Q1. A task is on at most one list; both its links are null when it is on none (or alone on one).
 *  Q2. Walking listNext from head reaches tail through `size` tasks.
 */
export class TaskList {
  head: Task | null = null;
  tail: Task | null = null;
  size = 0;

  /** list_add(): to the front. */
  addFirst(task: Task): void {
    const head = this.head;
    task.listPrev = null;
    task.listNext = head;
    if (head === null) this.tail = task;
    else head.listPrev = task;
    this.head = task;
    this.size++;
  }

  /** list_del_init() */
  remove(task: Task): void {
    const prev = task.listPrev;
    const next = task.listNext;
    if (prev === null) this.head = next;
    else prev.listNext = next;
    if (next === null) this.tail = prev;
    else next.listPrev = prev;
    task.listPrev = null;
    task.listNext = null;
    this.size--;
  }

  /** list_move() to the front of the same list. */
  moveFirst(task: Task): void {
    if (this.head === task) return;
    this.remove(task);
    this.addFirst(task);
  }
}
