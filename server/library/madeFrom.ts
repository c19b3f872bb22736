import { CodedError } from '../../protocol/errors.ts';
import type { Text } from '../../protocol/sentence.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';

/**
 * For `ActivateOptions.assertLive`, of a version that was made from the one that was live then: what became live in the meantime stays.
 * @param late says so
 */
export const madeFrom =
  (id: string, from: string, late: (values: { version: string }) => Text) =>
  (live: string | undefined): void => {
    if (live === undefined) throw new CodedError('unknown_model', aboutModels('no_model', { id }));
    if (live !== from) throw new CodedError('conflict', late({ version: live }));
  };
