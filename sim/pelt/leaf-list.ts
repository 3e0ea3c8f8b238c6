import type { CfsRq } from "../state/cfs-rq.ts";
import type { LeafLink } from "../state/leaf-link.ts";

/**
 * The queues of a CPU whose averages are kept up to date while nothing runs there (leaf_cfs_rq_list of Linux 6.1), each before
 * its parent. Entities are enqueued from below, so the way up may be without its end for a while: `rq.tmpAloneBranch` is where
 * it goes on.
 */

/** list_add_leaf_cfs_rq(): true when the queue's way up to the root is complete. */
export function addLeaf(cfs: CfsRq): boolean {
  const { rq, leaf, entity } = cfs;
  const head = rq.leafQueues;
  if (cfs.onLeafList) return rq.tmpAloneBranch === head;
  cfs.onLeafList = true;
  if (entity === null) {
    insert(leaf, head.prev);
  } else if (entity.cfsRq.onLeafList) {
    insert(leaf, entity.cfsRq.leaf.prev);
  } else {
    // the parent is to come after it
    insert(leaf, rq.tmpAloneBranch);
    rq.tmpAloneBranch = leaf;
    return false;
  }
  rq.tmpAloneBranch = head;
  return true;
}

/** list_del_leaf_cfs_rq() */
export function removeLeaf(cfs: CfsRq): void {
  if (!cfs.onLeafList) return;
  const { rq, leaf } = cfs;
  if (rq.tmpAloneBranch === leaf) rq.tmpAloneBranch = leaf.prev;
  leaf.prev.next = leaf.next;
  leaf.next.prev = leaf.prev;
  leaf.prev = leaf;
  leaf.next = leaf;
  cfs.onLeafList = false;
}

/** cfs_rq_is_decayed(): nothing is left in it, nor does a queue below it need it on the list. */
export function isDecayed(cfs: CfsRq): boolean {
  const { loadSum, utilSum, runnableSum } = cfs.avg;
  if (cfs.load !== 0 || loadSum !== 0 || utilSum !== 0 || runnableSum !== 0) return false;
  // child_cfs_rq_on_list()
  const before = (cfs.onLeafList ? cfs.leaf.prev : cfs.rq.tmpAloneBranch).cfs;
  return before === null || before.tg.parent !== cfs.tg;
}

function insert(link: LeafLink, after: LeafLink): void {
  link.prev = after;
  link.next = after.next;
  after.next.prev = link;
  after.next = link;
}
