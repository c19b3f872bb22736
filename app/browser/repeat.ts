/**
 * Does work again and again, first at once, then each time so long after the last has ended: slow work does not overlap.
 * @param work never rejects
 * @returns ends it; what is under way goes on
 */
export function repeat(work: () => Promise<void>, everyMs: number): () => void {
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () =>
    void work().then(() => {
      if (!isOver) timer = setTimeout(run, everyMs);
    });
  run();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
