/** The last `most` of the things that were pushed, the oldest first. */
export class Recent<T> {
  private readonly items: T[] = [];
  private next = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  get length(): number {
    return this.items.length;
  }

  get full(): boolean {
    return this.items.length === this.most;
  }

  push(item: T): void {
    this.items[this.next] = item;
    this.next = (this.next + 1) % this.most;
  }

  clear(): void {
    this.items.length = this.next = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    const { items } = this;
    const from = this.full ? this.next : 0;
    for (let i = 0; i < items.length; i++) yield items[(from + i) % items.length];
  }
}
