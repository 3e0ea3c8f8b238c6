import type { CfsRq } from "./cfs-rq.ts";

/** A place in a CPU's list of leaf queues (leaf_cfs_rq_list), or the list's head, where `cfs` is null. */
export class LeafLink {
  readonly cfs: CfsRq | null;
  prev: LeafLink;
  next: LeafLink;

  constructor(cfs: CfsRq | null) {
    this.cfs = cfs;
    this.prev = this;
    this.next = this;
  }
}
