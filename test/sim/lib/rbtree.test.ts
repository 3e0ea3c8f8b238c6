import { expect } from "chai";
import fc from "fast-check";
import { type Linked, LinkedList } from "../../../sim/lib/list.ts";
import { TreeNodes, VruntimeTree } from "../../../sim/lib/rbtree.ts";

/** What can be in a tree and on a list. */
class Item implements Linked<Item> {
  readonly id: number;
  vruntime = 0;
  node = 0;
  listPrev: Item | null = null;
  listNext: Item | null = null;
  constructor(id: number) {
    this.id = id;
  }
}

/** The naive model: an array kept in order, a new task after all of its vruntime. */
interface Model {
  order: Item[];
  outside: Item[];
}
interface Real {
  nodes: TreeNodes<Item>;
  tree: VruntimeTree<Item>;
}
type Command = fc.Command<Model, Real>;

function agree(model: Model, real: Real): void {
  expect(real.tree.check().map((t) => t.id)).to.deep.equal(model.order.map((t) => t.id)); // R1 to R6
  expect(real.tree.leftmost).to.equal(model.order[0] ?? null);
  model.order.forEach((task, i) => {
    expect(real.tree.next(task)).to.equal(model.order[i + 1] ?? null);
  });
}

class Insert implements Command {
  readonly vruntime: number;
  constructor(vruntime: number) {
    this.vruntime = vruntime;
  }
  check = () => true;
  run(model: Model, real: Real): void {
    let task = model.outside.pop();
    if (task === undefined) {
      task = new Item(model.order.length);
      real.nodes.add(task);
    }
    task.vruntime = this.vruntime;
    const after = model.order.findLastIndex((t) => t.vruntime <= this.vruntime);
    model.order.splice(after + 1, 0, task);
    real.tree.insert(task);
    agree(model, real);
  }
  toString = () => `insert(${this.vruntime})`;
}

class Remove implements Command {
  readonly at: number;
  readonly forGood: boolean;
  constructor(at: number, forGood: boolean) {
    this.at = at;
    this.forGood = forGood;
  }
  check = (model: Readonly<Model>) => model.order.length > 0;
  run(model: Model, real: Real): void {
    const [task] = model.order.splice(this.at % model.order.length, 1);
    real.tree.remove(task!);
    if (this.forGood) real.nodes.release(task!);
    else model.outside.push(task!);
    agree(model, real);
  }
  toString = () => `remove(${this.at}, ${this.forGood})`;
}

describe("the timeline", () => {
  it("behaves as a list kept in order, and stays a red-black tree", () => {
    const vruntime = fc.oneof(
      fc.integer({ min: -5, max: 5 }), // ties
      fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
    );
    const commands = [
      vruntime.map((v) => new Insert(v)),
      vruntime.map((v) => new Insert(v)),
      fc.tuple(fc.nat(1000), fc.boolean()).map(([at, gone]) => new Remove(at, gone)),
    ];
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 150, size: "max" }), (cmds) => {
        fc.modelRun(() => {
          const nodes = new TreeNodes<Item>();
          return { model: { order: [], outside: [] }, real: { nodes, tree: new VruntimeTree(nodes) } };
        }, cmds);
      }),
    );
  });

  it("holds thousands of tasks, two trees over one set of nodes", () => {
    const nodes = new TreeNodes<Item>();
    const trees = [new VruntimeTree(nodes), new VruntimeTree(nodes)];
    const tasks = Array.from({ length: 5000 }, (_, i) => {
      const task = new Item(i);
      task.vruntime = (i * 7919) % 5003;
      nodes.add(task);
      trees[i % 2].insert(task);
      return task;
    });
    for (let i = 0; i < 5000; i += 3) trees[i % 2].remove(tasks[i]);
    const left = trees.flatMap((tree) => tree.check());
    expect(left.length).to.equal(5000 - Math.ceil(5000 / 3));
  });
});

describe("the list of a queue's tasks", () => {
  it("behaves as an array with moves to its front (Q1, Q2)", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(7)), { maxLength: 60 }), (operations) => {
        const list = new LinkedList<Item>();
        const tasks = Array.from({ length: 8 }, (_, i) => new Item(i));
        let model: Item[] = [];
        for (const [op, i] of operations) {
          const task = tasks[i];
          const listed = model.includes(task);
          if (op === 0 && !listed) {
            list.addFirst(task);
            model = [task, ...model];
          } else if (op === 1 && listed) {
            list.remove(task);
            model = model.filter((t) => t !== task);
          } else if (op === 2 && listed) {
            list.moveFirst(task);
            model = [task, ...model.filter((t) => t !== task)];
          }
          const walked: Item[] = [];
          for (let t = list.head; t !== null; t = t.listNext) walked.push(t);
          const back: Item[] = [];
          for (let t = list.tail; t !== null; t = t.listPrev) back.push(t);
          expect(walked).to.deep.equal(model);
          expect(back.reverse()).to.deep.equal(model);
          expect(list.size).to.equal(model.length);
        }
      }),
    );
  });
});
