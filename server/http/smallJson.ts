import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';

const MAX_BODY_BYTES = 4 << 10;

/** For routes whose bodies have a code in them and little else. */
export const smallBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError() {
    throw new CodedError('bad_request', `At most ${MAX_BODY_BYTES} bytes are taken here.`);
  },
});

/** @throws CodedError `bad_request` with what is `expected`, where the body is not that */
export async function readSmallJson<Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
  expected: string,
): Promise<v.InferOutput<Schema>> {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), await c.req.text());
  const parsed = v.safeParse(schema, json.output);
  if (!parsed.success) throw new CodedError('bad_request', expected);
  return parsed.output;
}
