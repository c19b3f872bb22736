/** A model that is being opened before it is known whether it is the one that is meant. */
export interface OpeningAhead {
  /** This model is meant. Where it is another one, it is given up at once. */
  decide(id: string): void;
  /** Whoever means it has opened it by now, and has the same session; else it is given up. Idempotent. */
  end(): void;
}

export function openAhead(
  id: string,
  model: { open(signal: AbortSignal): Promise<void>; release(): void },
): OpeningAhead {
  const ending = new AbortController();
  let isMeant = false;
  // What goes wrong is heard by whoever opens it because it is meant.
  model.open(ending.signal).catch(() => {});
  function end() {
    if (ending.signal.aborted) return;
    ending.abort();
    if (!isMeant) model.release();
  }
  return {
    decide(meant) {
      isMeant = meant === id;
      if (!isMeant) end();
    },
    end,
  };
}
