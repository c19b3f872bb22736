import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { QuantizationReport } from '../../protocol/quantization.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { exists } from '../disk/atomic.ts';
import type { PictureFile } from '../import/pictures/pictureFiles.ts';
import { runQuantize } from '../import/run/process.ts';
import { madeFrom } from '../library/madeFrom.ts';
import { activateLocally } from './activateLocally.ts';
import { askFirst } from './askFirst.ts';
import type { CommandContext } from './context.ts';
import { undoCommand } from './localChanges.ts';
import { show } from './manage.ts';
import { picturesIn } from './picturesIn.ts';
import { quantizationText } from './quantizationText.ts';
import { UsageError } from './usage.ts';

export interface QuantizeOptions {
  /** A folder of pictures, absolute. */
  readonly picturesDir: string | undefined;
  readonly bits: 7 | 8 | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

/** What became of it, as `--json` prints it. */
export interface QuantizedModel {
  report: QuantizationReport;
  /** `slower`: float32 is faster on this machine, and stays. `activated`: no server that runs here took it up. */
  outcome: 'live' | 'activated' | 'not accepted' | 'slower';
}

/** `npm run models -- quantize`: @throws ImportError, CommandError, UsageError */
export async function quantize(
  id: string,
  options: QuantizeOptions,
  context: CommandContext,
): Promise<QuantizedModel> {
  const { store, terminal, signal, config } = context;
  if (context.remote) {
    throw new UsageError('quantize works only for models of this machine, not with --server. Run it there.');
  }
  await show(id, context);
  const pictures = options.picturesDir === undefined ? undefined : await pictureFiles(options.picturesDir);
  await store.clean((what) => terminal.say(what));
  const workspace = await store.stage();
  try {
    const stagingDir = path.join(workspace.dir, 'version');
    await mkdir(stagingDir);
    const { report } = await context.runExclusive('import', () =>
      runQuantize(
        { dir: path.join(config.modelsDir, id), stagingDir, pictures, bits: options.bits },
        { signal, onProgress: (message) => terminal.step(String(message)) },
      ),
    );
    if (!options.json) terminal.print(`\n${quantizationText(report)}\n`);
    if (!report.isFaster) {
      terminal.say(`int8 is not faster on this machine. Nothing changed: ${id}@${report.from} stays live.`);
      return { report, outcome: 'slower' };
    }
    const question = `Make the int8 version of "${id}" live, replacing version ${report.from}?`;
    const isAccepted = options.yes || (await askFirst(question, options, terminal));
    if (!isAccepted) return { report, outcome: 'not accepted' };
    const undo = `${undoCommand(id, report.from)} goes back to float32.`;
    const assertLive = madeFrom(id, report.from, (values) => aboutModels('quantized_other', values));
    const outcome = await context.runExclusive('change', () =>
      activateLocally(id, stagingDir, { undo, assertLive }, context),
    );
    return { report, outcome };
  } finally {
    await workspace.close();
  }
}

const MAX_PICTURES = 150;

/** Of the folder, or of its folder `images`, as data sets have one. */
async function pictureFiles(folder: string): Promise<PictureFile[]> {
  const images = path.join(folder, 'images');
  const dir = (await exists(images)) ? images : folder;
  const found = await picturesIn(dir, '--pictures');
  // Of a long list from all over it: pictures of one kind often stand together.
  const step = Math.max(1, found.length / MAX_PICTURES);
  const picked = Array.from(
    { length: Math.min(found.length, MAX_PICTURES) },
    (_, at) => found[Math.floor(at * step)] ?? '',
  );
  return picked.map((name) => ({ name, file: path.join(dir, name) }));
}
