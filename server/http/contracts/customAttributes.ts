import { CodedError } from '../../../protocol/errors.ts';
import type { PredictOptions } from '../../predict/predictImage.ts';
import { readParameters } from './predictOptions.ts';

/** The one header of a caller that SageMaker hands to the container, and back from it. */
export const CUSTOM_ATTRIBUTES = 'X-Amzn-SageMaker-Custom-Attributes';
const MAX_CHARACTERS = 1_024;

/**
 * Reads options of the prediction among them: `livelens-model=coco-ssd,livelens-min-score=0.5,livelens-max-labels=5,livelens-thorough=1`.
 * Whatever else stands there is the caller's, such as the id of a trace.
 * @throws CodedError `bad_request` for an option with another value, or more than 1,024 visible ASCII characters
 */
export function readCustomAttributes(header: string | undefined): PredictOptions {
  if (header === undefined) return {};
  if (header.length > MAX_CHARACTERS || !/^[\x20-\x7e]*$/.test(header)) {
    throw new CodedError(
      'bad_request',
      `${CUSTOM_ATTRIBUTES} may have ${MAX_CHARACTERS} visible ASCII characters.`,
    );
  }
  const given: Record<string, unknown> = {};
  for (const entry of header.split(/[,;]/)) {
    const [, name, value = ''] = /^\s*livelens-([a-z-]+)\s*=\s*(.*?)\s*$/.exec(entry) ?? [];
    switch (name) {
      case 'model':
        given.model = value;
        break;
      case 'min-score':
        given.minScore = numberIn(value);
        break;
      case 'max-labels':
        given.maxLabels = numberIn(value);
        break;
      case 'thorough':
        given.thorough =
          value === '1' || value === 'true' ? true : value === '0' || value === 'false' ? false : value;
        break;
    }
  }
  return readParameters(given);
}

/** What is no number stays as it is, to be refused. */
const numberIn = (text: string): number | string =>
  text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
