import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ImportReport } from '../../protocol/models.ts';
import { aboutWords } from '../../protocol/sentences/words.ts';
import { runChangeWords } from '../import/run/process.ts';
import { madeFrom } from '../library/madeFrom.ts';
import { activateLocally } from './activateLocally.ts';
import { type CommandContext, CommandError } from './context.ts';
import { undoCommand } from './localChanges.ts';
import { show } from './manage.ts';
import { splitWords } from './splitWords.ts';
import { columns, detailLines } from './words.ts';

/** What became of it, as `--json` prints it. */
export interface ModelWithWords {
  report: ImportReport;
  /** `activated`: no server that runs here took it up. */
  outcome: 'live' | 'activated';
}

/** `npm run models -- words`: a version that looks for other words, live at once. @throws ImportError, CommandError */
export async function chooseWords(
  id: string,
  given: readonly string[],
  context: CommandContext,
): Promise<ModelWithWords> {
  const { store, terminal, signal, config, remote } = context;
  const words = splitWords(given);
  const before = await show(id, context);
  const undo = `${undoCommand(id, before.version)} goes back.`;
  if (remote) {
    const state = await remote.imports.settled(await remote.imports.words(id, words), {
      onChange: ({ message }) => message !== undefined && terminal.step(message),
    });
    await remote.imports.discard(state.id).catch(() => {});
    const { report, error, phase } = state;
    if (phase !== 'live' || report === undefined) {
      throw new CommandError([error?.message ?? phase, ...detailLines(error?.details)].join('\n'));
    }
    terminal.say(`${id}@${report.version} is live at ${remote.url}. ${undo}`);
    return { report, outcome: 'live' };
  }
  await store.clean((what) => terminal.say(what));
  const workspace = await store.stage();
  try {
    const stagingDir = path.join(workspace.dir, 'version');
    await mkdir(stagingDir);
    const { report, from } = await context.runExclusive('import', () =>
      runChangeWords(
        { dir: path.join(config.modelsDir, id), stagingDir, words },
        { signal, onProgress: (message) => terminal.step(String(message)) },
      ),
    );
    const assertLive = madeFrom(id, from, (values) => aboutWords('words_late', values));
    const outcome = await context.runExclusive('change', () =>
      activateLocally(id, stagingDir, { undo, assertLive }, context),
    );
    return { report, outcome };
  } finally {
    await workspace.close();
  }
}

/** What a model looks for now. */
export const wordsText = (labels: readonly string[]): string => labels.join('\n');

/** What was made of each word. */
export const promptsText = ({ prompts = [], samples }: ImportReport): string =>
  [
    ...prompts.map((prompt) => `  "${prompt}"`),
    columns(
      samples.map(({ name, labels }) => [
        `  ${name}`,
        labels
          .slice(0, 4)
          .map(({ label, score }) => `${label} ${score.toFixed(2)}`)
          .join(', ') || 'nothing',
      ]),
    ),
  ].join('\n');
