/**
 * Does work again and again, each time so long after the last has ended: slow work does not overlap.
 * @param work never rejects
 * @returns ends it; what is under way goes on
 */
export function repeat(work: () => Promise<void>, everyMs: number): () => void {
  let isOver = false;
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    if (isOver) return;
    timer = setTimeout(() => void work().then(wait), everyMs);
  };
  wait();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
