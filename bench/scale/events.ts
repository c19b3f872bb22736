type Happen = (atMs: number) => void;

/** What happens in a simulation, in the order of time. */
export interface Events {
  /** At a time that is not before the present one. */
  at(ms: number, happen: Happen): void;
  /** Until there is nothing left. */
  run(): void;
}

/** A binary heap; of events at the same time, the one that was added first comes first. */
export function createEvents(): Events {
  const heap: { ms: number; order: number; happen: Happen }[] = [];
  let order = 0;
  const isBefore = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.ms === other.ms ? one.order < other.order : one.ms < other.ms;
  };
  const swap = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return;
    heap[a] = other;
    heap[b] = one;
  };
  return {
    at(ms, happen) {
      heap.push({ ms, order: order++, happen });
      for (let at = heap.length - 1; at > 0; ) {
        const above = (at - 1) >> 1;
        if (!isBefore(at, above)) return;
        swap(at, above);
        at = above;
      }
    },
    run() {
      for (let first = heap[0]; first !== undefined; first = heap[0]) {
        const last = heap.pop();
        if (last !== undefined && heap.length > 0) heap[0] = last;
        for (let at = 0; ; ) {
          const [left, right] = [2 * at + 1, 2 * at + 2];
          const next = isBefore(right, left) ? right : left;
          if (!isBefore(next, at)) break;
          swap(at, next);
          at = next;
        }
        first.happen(first.ms);
      }
    },
  };
}
