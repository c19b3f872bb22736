import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

/**
 * Asks whether to make a change.
 * @returns false also where no one can be asked and the result is printed as JSON, which says that nothing was accepted
 * @throws UsageError where no one can be asked otherwise
 */
export async function askFirst(
  question: string,
  { json }: { json: boolean },
  terminal: Terminal,
): Promise<boolean> {
  if (!terminal.canAsk) {
    if (json) return false;
    throw new UsageError('Nothing changed: not a terminal, pass --yes to confirm.');
  }
  const isYes = await terminal.ask(question);
  if (!isYes) terminal.say('Nothing changed.');
  return isYes;
}
