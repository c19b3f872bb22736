import { CodedError } from '../../protocol/errors.ts';
import { CODES_MODEL } from '../../protocol/vocabulary.ts';

const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Names that Windows has for devices, whatever stands behind a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;
/** Names that HTTP paths, the reader of codes or other parts of the shipped folder already use. */
const RESERVED = ['imports', 'export', 'readme.md', CODES_MODEL];

/** Whether every system can have it as the name of a model's folder, and nothing else is called so. */
export const isModelId = (id: string): boolean =>
  ID.test(id) && !DEVICE.test(id) && !RESERVED.includes(id) && !id.endsWith('.');

/** @throws CodedError `bad_request` */
export function assertModelId(id: string): void {
  if (isModelId(id)) return;
  throw new CodedError(
    'bad_request',
    `"${id.slice(0, 80)}" cannot be the id of a model. Use lower case letters, digits, ".", "_" or "-", at most 64, ` +
      `a letter or digit first, no dot at the end, and neither ${RESERVED.join(', ')} nor a device name of Windows ` +
      'such as "con".',
  );
}
