import * as v from 'valibot';
import { ErrorBody } from '../../protocol/messages.ts';
import { ClientError } from '../clientError.ts';

/** What of an HTTP answer is read. `Response` has it. */
export interface HttpAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/**
 * The body of a good answer. @param schema `v.void()` where the body does not matter
 * @throws ClientError with the server's code; `unexpected_answer`
 */
export async function readAnswer<const S extends v.GenericSchema>(
  answer: HttpAnswer,
  schema: S,
): Promise<v.InferOutput<S>> {
  const { status } = answer;
  if (!answer.ok) throw await errorOf(answer);
  const text = await answer.text();
  if (schema.type === 'void') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new ClientError(
      'unexpected_answer',
      `The server's answer (status ${status}) was not understood. Is the address that of a Livelens server?`,
      { cause, status },
    );
  }
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'body';
  throw new ClientError(
    'unexpected_answer',
    `The server's answer was not understood: ${where}: ${issue.message}`,
    { status, cause: new v.ValiError(parsed.issues) },
  );
}

/** The error that an answer other than 2xx stands for. Reads its body. */
export async function errorOf(answer: HttpAnswer): Promise<ClientError> {
  const { status } = answer;
  const retryAfterS = Number(answer.headers.get('Retry-After') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfterS) ? retryAfterS * 1000 : undefined;
  const parsed = v.safeParse(ErrorBody, await readJson(answer));
  if (parsed.success) {
    const { code, message, sentence } = parsed.output.error;
    return new ClientError(code, message, { status, retryAfterMs, sentence });
  }
  // A proxy answered, or another program.
  return new ClientError('unexpected_answer', `The server answered with status ${status}.`, {
    status,
    retryAfterMs,
  });
}

async function readJson(answer: HttpAnswer): Promise<unknown> {
  try {
    return JSON.parse(await answer.text());
  } catch {
    return undefined;
  }
}
