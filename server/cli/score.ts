import path from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import type { ScoreReport } from '../../protocol/score.ts';
import { runScore } from '../import/run/process.ts';
import { type ModelFolder, readModelFolder } from '../library/modelFolder.ts';
import { findPair } from '../library/versionPair.ts';
import { type CommandContext, CommandError } from './context.ts';
import { show } from './manage.ts';
import { UsageError } from './usage.ts';

export interface ScoreOptions {
  /** The folder with the pictures, absolute. */
  readonly folder: string;
  /** One or two, or the beginnings of them; none: the one that is live. */
  readonly versions: readonly string[];
  /** A file in COCO's format, absolute. */
  readonly truthFile: string | undefined;
  /** Number of worst pictures. */
  readonly worst: number;
}

/** `npm run models -- score`: @throws ImportError, CommandError, UsageError */
export async function score(
  id: string,
  options: ScoreOptions,
  context: CommandContext,
): Promise<ScoreReport> {
  const { store, terminal, signal, config, remote } = context;
  if (remote) {
    throw new UsageError('score works only for models of this machine, not with --server. Run it there.');
  }
  await show(id, context);
  const dir = path.join(config.modelsDir, id);
  const kept = await store.kept(id);
  const live = await readModelFolder(dir);
  const pair = await findPair(live, async () => kept);
  const all = [live, ...kept, pair?.float, pair?.int8].filter((folder) => folder !== undefined);
  const wanted = options.versions.length === 0 ? [live.version] : options.versions;
  const folders = wanted.map((version) => find(version, all, id));
  terminal.step('Opening the model');
  const report = await runScore(
    {
      dir,
      manifests: folders.map(({ manifestFile }) => manifestFile),
      folder: options.folder,
      truthFile: options.truthFile,
      worst: options.worst,
      at: new Date().toISOString(),
    },
    { signal, onCount: (done, of) => terminal.count('pictures', done, of) },
  );
  const scores = Object.fromEntries(report.versions.map(({ version, score }) => [version, score]));
  await store.keepScores(id, scores).catch((error: unknown) => {
    // What was measured is worth more than its note.
    terminal.say(`The score could not be kept with the model: ${messageOf(error)}`);
  });
  return report;
}

/** @throws CommandError where none or several begin so */
function find(wanted: string, all: readonly ModelFolder[], id: string): ModelFolder {
  const found = new Map(
    all.filter(({ version }) => version.startsWith(wanted)).map((folder) => [folder.version, folder]),
  );
  const [only] = found.values();
  if (only !== undefined && found.size === 1) return only;
  const known = [...new Set(all.map(({ version }) => version))].join(', ');
  throw new CommandError(
    `${found.size === 0 ? 'No version' : 'More than one version'} of "${id}" begins with "${wanted}". Versions: ${known}.`,
  );
}
