import type { Task } from "./task.ts";

/**
 * The timeline of a queue: a red-black tree of tasks ordered by vruntime, with its leftmost task at hand
 * (rb_root_cached with __entity_less() of Linux 6.1). Nodes are the tasks themselves; nothing is allocated.
 *
 * Invariants:
 *  R1. An in-order walk meets the tasks by vruntime; tasks of equal vruntime in the order of their insertion.
 *  R2. A red task has no red child.
 *  R3. All paths from a task down to its missing children cross equally many black tasks.
 *  R4. The root is black; `leftmost` is the first task of the walk, null exactly when the tree is empty.
 *  R5. A task outside any tree has null links.
 *
 * R2 and R3 bound the height by 2 log2(n + 1).
 */
export class VruntimeTree {
  root: Task | null = null;
  leftmost: Task | null = null;

  /** rb_add_cached(): goes right on a tie (R1). */
  insert(task: Task): void {
    const key = task.vruntime;
    let parent: Task | null = null;
    let node = this.root;
    let first = true;
    let left = false;
    while (node !== null) {
      parent = node;
      if (key < node.vruntime) {
        left = true;
        node = node.rbLeft;
      } else {
        left = false;
        first = false;
        node = node.rbRight;
      }
    }
    task.rbParent = parent;
    task.rbRed = true;
    if (parent === null) this.root = task;
    else if (left) parent.rbLeft = task;
    else parent.rbRight = task;
    if (first) this.leftmost = task;
    this.fixInsertion(task);
  }

  /** rb_erase_cached() */
  remove(task: Task): void {
    if (this.leftmost === task) this.leftmost = nextInTree(task);
    const left = task.rbLeft;
    const right = task.rbRight;
    let child: Task | null;
    let parent: Task | null;
    let lostBlack: boolean;
    if (left !== null && right !== null) {
      // Two children: the in-order successor takes the task's place and colour.
      let successor = right;
      while (successor.rbLeft !== null) successor = successor.rbLeft;
      lostBlack = !successor.rbRed;
      child = successor.rbRight;
      if (successor === right) {
        parent = successor;
      } else {
        parent = successor.rbParent!;
        parent.rbLeft = child;
        if (child !== null) child.rbParent = parent;
        successor.rbRight = right;
        right.rbParent = successor;
      }
      successor.rbLeft = left;
      left.rbParent = successor;
      successor.rbRed = task.rbRed;
      this.replace(task, successor);
    } else {
      child = left !== null ? left : right;
      parent = task.rbParent;
      lostBlack = !task.rbRed;
      this.replace(task, child);
    }
    task.rbLeft = null;
    task.rbRight = null;
    task.rbParent = null;
    if (lostBlack) this.fixRemoval(child, parent);
  }

  /** Puts `node` (may be null) where `old` hangs. */
  private replace(old: Task, node: Task | null): void {
    const parent = old.rbParent;
    if (parent === null) this.root = node;
    else if (parent.rbLeft === old) parent.rbLeft = node;
    else parent.rbRight = node;
    if (node !== null) node.rbParent = parent;
  }

  private rotateLeft(node: Task): void {
    const up = node.rbRight!;
    const inner = up.rbLeft;
    node.rbRight = inner;
    if (inner !== null) inner.rbParent = node;
    this.replace(node, up);
    up.rbLeft = node;
    node.rbParent = up;
  }

  private rotateRight(node: Task): void {
    const up = node.rbLeft!;
    const inner = up.rbRight;
    node.rbLeft = inner;
    if (inner !== null) inner.rbParent = node;
    this.replace(node, up);
    up.rbRight = node;
    node.rbParent = up;
  }

  /** Restores R2 above a red task just hung in. */
  private fixInsertion(task: Task): void {
    let node = task;
    let parent = node.rbParent;
    while (parent?.rbRed) {
      const grand = parent.rbParent!; // a red task is not the root (R4)
      const onLeft = grand.rbLeft === parent;
      const uncle = onLeft ? grand.rbRight : grand.rbLeft;
      if (uncle?.rbRed) {
        parent.rbRed = false;
        uncle.rbRed = false;
        grand.rbRed = true;
        node = grand;
        parent = node.rbParent;
        continue;
      }
      if (onLeft) {
        if (parent.rbRight === node) {
          this.rotateLeft(parent);
          parent = node;
        }
        this.rotateRight(grand);
      } else {
        if (parent.rbLeft === node) {
          this.rotateRight(parent);
          parent = node;
        }
        this.rotateLeft(grand);
      }
      parent.rbRed = false;
      grand.rbRed = true;
      break;
    }
    this.root!.rbRed = false;
  }

  /** Restores R3 where the paths through `child` (below `above`) have one black task too few. */
  private fixRemoval(child: Task | null, above: Task | null): void {
    let node = child;
    let parent = above;
    while (parent !== null && (node === null || !node.rbRed)) {
      if (parent.rbLeft === node) {
        let sibling = parent.rbRight!; // exists by R3
        if (sibling.rbRed) {
          sibling.rbRed = false;
          parent.rbRed = true;
          this.rotateLeft(parent);
          sibling = parent.rbRight!;
        }
        const far = sibling.rbRight;
        const near = sibling.rbLeft;
        if (!far?.rbRed && !near?.rbRed) {
          sibling.rbRed = true;
          node = parent;
          parent = node.rbParent;
          continue;
        }
        if (!far?.rbRed) {
          near!.rbRed = false;
          sibling.rbRed = true;
          this.rotateRight(sibling);
          sibling = parent.rbRight!;
        }
        sibling.rbRed = parent.rbRed;
        parent.rbRed = false;
        sibling.rbRight!.rbRed = false;
        this.rotateLeft(parent);
      } else {
        let sibling = parent.rbLeft!;
        if (sibling.rbRed) {
          sibling.rbRed = false;
          parent.rbRed = true;
          this.rotateRight(parent);
          sibling = parent.rbLeft!;
        }
        const far = sibling.rbLeft;
        const near = sibling.rbRight;
        if (!far?.rbRed && !near?.rbRed) {
          sibling.rbRed = true;
          node = parent;
          parent = node.rbParent;
          continue;
        }
        if (!far?.rbRed) {
          near!.rbRed = false;
          sibling.rbRed = true;
          this.rotateLeft(sibling);
          sibling = parent.rbLeft!;
        }
        sibling.rbRed = parent.rbRed;
        parent.rbRed = false;
        sibling.rbLeft!.rbRed = false;
        this.rotateRight(parent);
      }
      return;
    }
    if (node !== null) node.rbRed = false;
  }
}

/** rb_next(): the task after `task` in the walk, or null. */
export function nextInTree(task: Task): Task | null {
  let node = task.rbRight;
  if (node !== null) {
    while (node.rbLeft !== null) node = node.rbLeft;
    return node;
  }
  let below = task;
  let parent = task.rbParent;
  while (parent !== null && parent.rbRight === below) {
    below = parent;
    parent = parent.rbParent;
  }
  return parent;
}
