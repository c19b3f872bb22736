import { THINGS_PREFIX } from '../../protocol/things.ts';

/** How codes are read on this device: next to what models see, or alone, with no model at work. */
export const CODES_MODES = ['on', 'only'] as const;
export type CodesMode = (typeof CODES_MODES)[number];

export const MODE_KINDS = ['auto', 'objects', 'text', 'codes', 'things'] as const;
export type ModeKind = (typeof MODE_KINDS)[number];

/** A way to use the lens: what labels the picture in it. */
export interface Mode {
  readonly kind: ModeKind;
  readonly modelId: string | undefined;
  readonly secondary: readonly string[];
  readonly codes: CodesMode;
}

const TEXT_TASK = 'text-recognition';

/** What is selected. */
export interface Selection {
  /** Of the primary model; undefined: not known yet. */
  readonly modelId: string | undefined;
  readonly secondary: readonly string[];
  readonly codes: CodesMode;
}

/**
 * The modes that there are, in the order in which they are shown: everything at once where there is text besides things,
 * then each of its parts, then the things that were taught.
 *
 * @param models those that give labels, the default first
 * @param taught names the collection of taught things that is in use; undefined where nothing can be taught
 */
export function modesOf(
  models: readonly { readonly id: string; readonly task: string }[],
  taught?: string,
): readonly Mode[] {
  const text = models.find(({ task }) => task === TEXT_TASK);
  const objects = models.find(({ task }) => task !== TEXT_TASK);
  const modes: Mode[] = [];
  if (objects && text) modes.push({ kind: 'auto', modelId: objects.id, secondary: [text.id], codes: 'on' });
  if (objects) modes.push({ kind: 'objects', modelId: objects.id, secondary: [], codes: 'on' });
  if (text) modes.push({ kind: 'text', modelId: text.id, secondary: [], codes: 'on' });
  const primary = objects ?? text;
  if (primary) modes.push({ kind: 'codes', modelId: primary.id, secondary: [], codes: 'only' });
  if (taught !== undefined) modes.push(thingsMode(taught));
  return modes;
}

/** The mode of taught things. @param modelId names a collection */
export const thingsMode = (modelId: string): Mode => ({
  kind: 'things',
  modelId,
  secondary: [],
  codes: 'on',
});

/** Models that a person added: those that no mode uses. */
export function addedModels<T extends { readonly id: string }>(
  models: readonly T[],
  modes: readonly Mode[],
): readonly T[] {
  const used = new Set(modes.map(({ modelId }) => modelId));
  return models.filter(({ id }) => !used.has(id));
}

/** The mode that is selected; undefined where a model of a person's own is. */
export function modeOf(modes: readonly Mode[], { modelId, secondary, codes }: Selection): Mode | undefined {
  const auto = modes.find(({ kind }) => kind === 'auto');
  if (codes === 'only') return modes.find(({ kind }) => kind === 'codes');
  const isAuto = auto?.modelId === modelId && auto?.secondary.every((id) => secondary.includes(id));
  if (isAuto) return auto;
  if (modelId?.startsWith(THINGS_PREFIX)) return modes.find(({ kind }) => kind === 'things');
  return modes.find(({ kind, modelId: id }) => (kind === 'objects' || kind === 'text') && id === modelId);
}

/** Whether it names things that were taught in this browser only: no server knows them. */
export const isOnlyHere = (modelId: string | undefined): boolean =>
  modelId?.startsWith(`${THINGS_PREFIX}@`) ?? false;
