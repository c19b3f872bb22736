import * as v from 'valibot';
import { CodedError } from '../../../protocol/errors.ts';
import { MAX_PREDICTED_LABELS } from '../../../vision/maxLabels.ts';
import type { PredictOptions } from '../../predict/predictImage.ts';

/** The options of `/v1/predict`, by the same names, as contracts carry them in JSON. */
const Parameters = v.object({
  model: v.optional(v.string('a name')),
  minScore: v.optional(v.pipe(v.number('a number'), v.minValue(0, 'from 0'), v.maxValue(1, 'to 1'))),
  maxLabels: v.optional(
    v.pipe(
      v.number('a number'),
      v.integer('a whole number'),
      v.minValue(1, 'from 1'),
      v.maxValue(MAX_PREDICTED_LABELS, `to ${MAX_PREDICTED_LABELS}`),
    ),
  ),
  thorough: v.optional(v.boolean('true or false')),
});

/**
 * Reads what a request says beside its pictures; other names are left alone, since platforms add theirs.
 * @throws CodedError `bad_request`
 */
export function readParameters(given: unknown): PredictOptions {
  if (given === undefined || given === null) return {};
  const parsed = v.safeParse(Parameters, given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const name = v.getDotPath(issue);
  throw new CodedError(
    'bad_request',
    name === null
      ? '"parameters" must be an object.'
      : `"parameters.${name}": ${issue.message} expected, got ${issue.received}.`,
  );
}
