import { CodedError } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { ModelDirectory, ServedModel } from './modelDirectory.ts';

/**
 * The model that a client asked for among those that serve, or the default, which is the first.
 * @throws CodedError `unknown_model`, or `not_ready` while nothing serves
 */
export function findServed<Model extends ServedModel>(
  serving: readonly Model[],
  id: string | undefined,
): Model {
  const [first] = serving;
  if (first === undefined) {
    throw new CodedError('not_ready', aboutModels('none_serves'));
  }
  if (id === undefined) return first;
  const match = serving.find(({ manifest }) => manifest.id === id);
  if (match) return match;
  const ids = serving.map(({ manifest }) => manifest.id).join(', ');
  throw new CodedError('unknown_model', aboutModels('no_model_but', { id, models: ids }));
}

/** The model of that id; undefined where it does not serve, or is a collection that is gone. */
export function findIfServed<Model extends ServedModel>(
  models: Pick<ModelDirectory<Model>, 'find'>,
  id: string,
): Model | undefined {
  try {
    return models.find(id);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
