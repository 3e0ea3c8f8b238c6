/** Numbers kept per task. */
const STRIDE = 16;

/**
 * The times of all tasks in one array, a stretch of two cache lines for each task.
 *
 * A field of an object that holds a double is a pointer to a number elsewhere on the heap: a dozen such fields per task
 * are a dozen cache lines, and with some hundred tasks most of an event's time would go into fetching them.
 */
export class TaskNumbers {
  data = new Float64Array(64 * STRIDE);
  private used = 0;

  /** Where the numbers of a new task begin, all 0. */
  allocate(): number {
    const base = this.used;
    this.used += STRIDE;
    if (this.used > this.data.length) {
      const larger = new Float64Array(2 * this.data.length);
      larger.set(this.data);
      this.data = larger;
    }
    return base;
  }
}
