/** The links of what can be on a list; null while it is on none. */
export interface Linked<T> {
  listPrev: T | null;
  listNext: T | null;
}

/**
 * A doubly linked list through its members (list_head).
 *
 * Invariants:
 *  Q1. A member is on at most one list; both its links are null when it is on none (or alone on one).
 *  Q2. Walking listNext from head reaches tail through `size` members.
 */
export class LinkedList<T extends Linked<T>> {
  head: T | null = null;
  tail: T | null = null;
  size = 0;

  /** list_add(): to the front. */
  addFirst(item: T): void {
    const head = this.head;
    item.listPrev = null;
    item.listNext = head;
    if (head === null) this.tail = item;
    else head.listPrev = item;
    this.head = item;
    this.size++;
  }

  /** list_add_tail() */
  addLast(item: T): void {
    const tail = this.tail;
    item.listPrev = tail;
    item.listNext = null;
    if (tail === null) this.head = item;
    else tail.listNext = item;
    this.tail = item;
    this.size++;
  }

  /** list_del_init() */
  remove(item: T): void {
    const prev = item.listPrev;
    const next = item.listNext;
    if (prev === null) this.head = next;
    else prev.listNext = next;
    if (next === null) this.tail = prev;
    else next.listPrev = prev;
    item.listPrev = null;
    item.listNext = null;
    this.size--;
  }

  /** list_move() to the front of the same list. */
  moveFirst(item: T): void {
    if (this.head === item) return;
    this.remove(item);
    this.addFirst(item);
  }
}
