/** What a timeline orders. */
export interface TreeItem {
  vruntime: number;
  /** Its node; 0 = none. */
  node: number;
}

/** "No node" in the arrays of TreeNodes. */
const NIL = 0;

/**
 * The nodes of all timelines of a machine, side by side in typed arrays: a walk through a tree of many items stays in
 * the cache instead of touching every item. An item owns the node with the number `item.node` from its creation to its
 * end; node 0 is NIL.
 */
export class TreeNodes<T extends TreeItem> {
  left = new Int32Array(64);
  right = new Int32Array(64);
  parent = new Int32Array(64);
  red = new Uint8Array(64);
  /** vruntime at the insertion. */
  key = new Float64Array(64);
  readonly items: (T | null)[] = [null];
  private readonly free: number[] = [];

  /** Gives `item` a node. */
  add(item: T): void {
    const node = this.free.pop() ?? this.items.length;
    if (node === this.left.length) this.grow();
    this.items[node] = item;
    item.node = node;
  }

  /** Takes the node back from an item that is in no tree. */
  release(item: T): void {
    this.items[item.node] = null;
    this.free.push(item.node);
    item.node = NIL;
  }

  private grow(): void {
    const size = this.left.length * 2;
    this.left = copyInto(new Int32Array(size), this.left);
    this.right = copyInto(new Int32Array(size), this.right);
    this.parent = copyInto(new Int32Array(size), this.parent);
    this.red = copyInto(new Uint8Array(size), this.red);
    this.key = copyInto(new Float64Array(size), this.key);
  }
}

function copyInto<A extends Int32Array | Uint8Array | Float64Array>(target: A, from: A): A {
  target.set(from);
  return target;
}

/**
 * The timeline of a queue: a red-black tree of entities ordered by vruntime, with its leftmost one at hand
 * (rb_root_cached with __entity_less() of Linux 6.1). Nothing is allocated.
 *
 * Invariants:
 *  R1. An in-order walk meets the items by vruntime; items of equal vruntime in the order of their insertion.
 *  R2. A red node has no red child.
 *  R3. All paths from a node down to its missing children cross equally many black nodes.
 *  R4. The root is black; `first` is the first node of the walk, NIL exactly when the tree is empty.
 *  R5. A node outside any tree has no links; NIL is black.
 *  R6. An item's vruntime does not change while it is in the tree.
 *
 * R2 and R3 bound the height by 2 log2(n + 1).
 */
export class VruntimeTree<T extends TreeItem> {
  private readonly nodes: TreeNodes<T>;
  private root = NIL;
  private first = NIL;

  constructor(nodes: TreeNodes<T>) {
    this.nodes = nodes;
  }

  /** The item with the smallest vruntime, or null. */
  get leftmost(): T | null {
    return this.nodes.items[this.first];
  }

  /** rb_next(): the item after `item` in the walk, or null. */
  next(item: T): T | null {
    return this.nodes.items[this.nextNode(item.node)];
  }

  /** rb_add_cached(): goes right on a tie (R1). */
  insert(item: T): void {
    const nodes = this.nodes;
    const { left, right, key } = nodes;
    const node = item.node;
    const vruntime = item.vruntime;
    key[node] = vruntime;
    let parent = NIL;
    let below = this.root;
    let first = true;
    let onLeft = false;
    while (below !== NIL) {
      parent = below;
      onLeft = vruntime < key[below];
      if (onLeft) {
        below = left[below];
      } else {
        first = false;
        below = right[below];
      }
    }
    nodes.parent[node] = parent;
    nodes.red[node] = 1;
    if (parent === NIL) this.root = node;
    else if (onLeft) left[parent] = node;
    else right[parent] = node;
    if (first) this.first = node;
    this.fixInsertion(node);
  }

  /** rb_erase_cached() */
  remove(item: T): void {
    const { left, right, parent, red } = this.nodes;
    const node = item.node;
    if (this.first === node) this.first = this.nextNode(node);
    const l = left[node];
    const r = right[node];
    let child: number;
    let above: number;
    let lostBlack: boolean;
    if (l !== NIL && r !== NIL) {
      // Two children: the in-order successor takes the node's place and colour.
      let successor = r;
      while (left[successor] !== NIL) successor = left[successor];
      lostBlack = red[successor] === 0;
      child = right[successor];
      if (successor === r) {
        above = successor;
      } else {
        above = parent[successor];
        left[above] = child;
        if (child !== NIL) parent[child] = above;
        right[successor] = r;
        parent[r] = successor;
      }
      left[successor] = l;
      parent[l] = successor;
      red[successor] = red[node];
      this.replace(node, successor);
    } else {
      child = l !== NIL ? l : r;
      above = parent[node];
      lostBlack = red[node] === 0;
      this.replace(node, child);
    }
    left[node] = NIL;
    right[node] = NIL;
    parent[node] = NIL;
    red[node] = 0;
    if (lostBlack) this.fixRemoval(child, above);
  }

  private nextNode(node: number): number {
    const { left, right, parent } = this.nodes;
    let next = right[node];
    if (next !== NIL) {
      while (left[next] !== NIL) next = left[next];
      return next;
    }
    let below = node;
    next = parent[node];
    while (next !== NIL && right[next] === below) {
      below = next;
      next = parent[next];
    }
    return next;
  }

  /** Hangs `node` (may be NIL) where `old` hangs. */
  private replace(old: number, node: number): void {
    const { left, right, parent } = this.nodes;
    const above = parent[old];
    if (above === NIL) this.root = node;
    else if (left[above] === old) left[above] = node;
    else right[above] = node;
    if (node !== NIL) parent[node] = above;
  }

  private rotateLeft(node: number): void {
    const { left, right, parent } = this.nodes;
    const up = right[node];
    const inner = left[up];
    right[node] = inner;
    if (inner !== NIL) parent[inner] = node;
    this.replace(node, up);
    left[up] = node;
    parent[node] = up;
  }

  private rotateRight(node: number): void {
    const { left, right, parent } = this.nodes;
    const up = left[node];
    const inner = right[up];
    left[node] = inner;
    if (inner !== NIL) parent[inner] = node;
    this.replace(node, up);
    right[up] = node;
    parent[node] = up;
  }

  /** Restores R2 above a red node just hung in. */
  private fixInsertion(start: number): void {
    const { left, right, parent, red } = this.nodes;
    let node = start;
    let above = parent[node];
    while (red[above] !== 0) {
      const grand = parent[above]; // a red node is not the root (R4)
      const onLeft = left[grand] === above;
      const uncle = onLeft ? right[grand] : left[grand];
      if (red[uncle] !== 0) {
        red[above] = 0;
        red[uncle] = 0;
        red[grand] = 1;
        node = grand;
        above = parent[node];
        continue;
      }
      if (onLeft) {
        if (right[above] === node) {
          this.rotateLeft(above);
          above = node;
        }
        this.rotateRight(grand);
      } else {
        if (left[above] === node) {
          this.rotateRight(above);
          above = node;
        }
        this.rotateLeft(grand);
      }
      red[above] = 0;
      red[grand] = 1;
      break;
    }
    red[this.root] = 0;
  }

  /** Restores R3 where the paths through `child` (below `up`) have one black node too few. */
  private fixRemoval(child: number, up: number): void {
    const { left, right, parent, red } = this.nodes;
    let node = child;
    let above = up;
    while (above !== NIL && red[node] === 0) {
      if (left[above] === node) {
        let sibling = right[above]; // exists by R3
        if (red[sibling] !== 0) {
          red[sibling] = 0;
          red[above] = 1;
          this.rotateLeft(above);
          sibling = right[above];
        }
        if (red[right[sibling]] === 0) {
          if (red[left[sibling]] === 0) {
            red[sibling] = 1;
            node = above;
            above = parent[node];
            continue;
          }
          red[left[sibling]] = 0;
          red[sibling] = 1;
          this.rotateRight(sibling);
          sibling = right[above];
        }
        red[sibling] = red[above];
        red[above] = 0;
        red[right[sibling]] = 0;
        this.rotateLeft(above);
      } else {
        let sibling = left[above];
        if (red[sibling] !== 0) {
          red[sibling] = 0;
          red[above] = 1;
          this.rotateRight(above);
          sibling = left[above];
        }
        if (red[left[sibling]] === 0) {
          if (red[right[sibling]] === 0) {
            red[sibling] = 1;
            node = above;
            above = parent[node];
            continue;
          }
          red[right[sibling]] = 0;
          red[sibling] = 1;
          this.rotateLeft(sibling);
          sibling = left[above];
        }
        red[sibling] = red[above];
        red[above] = 0;
        red[left[sibling]] = 0;
        this.rotateRight(above);
      }
      return;
    }
    red[node] = 0;
  }

  /** Checks R1 to R5 and R6; for tests. Returns the items in order. @throws Error naming what is violated. */
  check(): T[] {
    const { left, right, parent, red, key, items } = this.nodes;
    const found: T[] = [];
    const walk = (node: number, above: number): number => {
      if (node === NIL) return 1;
      if (parent[node] !== above) throw new Error("a link is not mutual");
      if (red[node] !== 0 && red[above] !== 0) throw new Error("R2: a red node below a red one");
      const height = walk(left[node], node);
      const item = items[node]!;
      if (item.vruntime !== key[node]) throw new Error("R6: a vruntime changed in the tree");
      const before = found.at(-1);
      if (before !== undefined && before.vruntime > item.vruntime) throw new Error("R1: not in order");
      found.push(item);
      if (walk(right[node]!, node) !== height) throw new Error("R3: black heights differ");
      return height + (red[node] === 0 ? 1 : 0);
    };
    walk(this.root, NIL);
    if (red[this.root] !== 0 || red[NIL] !== 0) throw new Error("R4/R5: the root or NIL is red");
    if (this.leftmost !== (found[0] ?? null)) throw new Error("R4: leftmost is wrong");
    return found;
  }
}
