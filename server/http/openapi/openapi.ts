import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import { ERRORS, type ErrorCode } from '../../../protocol/errors.ts';
import { type Body, OPERATIONS, type Operation, type Parameter } from './operations.ts';
import { SCHEMAS } from './schemas.ts';

const CONFIG = {
  target: 'draft-2020-12',
  typeMode: 'input',
  // Rules between fields have no words there. A body that breaks one is refused with the rule's own.
  errorMode: 'ignore',
  overrideRef: ({ referenceId }: { referenceId: string }) => `#/components/schemas/${referenceId}`,
} as const;

type Json = Record<string, unknown>;

const OPEN: readonly ErrorCode[] = ['internal'];
const PAGE: readonly ErrorCode[] = [...OPEN, 'forbidden_origin'];
const USE: readonly ErrorCode[] = [
  ...PAGE,
  ...(['unauthorized', 'token_expired', 'insufficient_scope', 'keys_unavailable'] as const),
];
/** Before anything is looked at: of a route that is not open, for everyone. */
const ERRORS_OF_ACCESS: Readonly<Record<Operation['access'], readonly ErrorCode[]>> = {
  open: OPEN,
  page: PAGE,
  use: USE,
  change: [...USE, 'forbidden_admin'],
};

/** Answers with errors by their codes: most are those of many operations, which name them. */
type NamedAnswers = Map<string, { readonly name: string; readonly answer: Json }>;

/**
 * The description of the HTTP API in OpenAPI 3.1, from the schemas that the server parses with and the table of its errors.
 * Import it when it is asked for: few ask, and its packages take 50 ms to load.
 */
export function describeApi(): Json {
  const paths: Record<string, Json> = {};
  const refusals: NamedAnswers = new Map();
  for (const operation of OPERATIONS) {
    const { path, method } = operation;
    paths[path] = { ...(paths[path] ?? inPath(path)), [method]: describe(operation, refusals) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Livelens',
      version: '1',
      summary: 'What cameras and pictures show.',
      description:
        'The live streams are WebSockets at /v1/stream and /v1/relay, and not in this description: protocol/SPEC.md is theirs. ' +
        'Tools for assistants are at /mcp. ' +
        'A method that is not in this description is answered by 405 with `method_not_allowed`, and `Allow` names those that are.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to this document, which lies below the server's path.
    servers: [{ url: '.' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: toJsonSchemaDefs(SCHEMAS, CONFIG),
      responses: Object.fromEntries([...refusals.values()].map(({ name, answer }) => [name, answer])),
      parameters: Object.fromEntries(
        OPERATIONS.flatMap(({ path }) => namesIn(path)).map((name) => [
          name,
          { name, in: 'path', required: true, schema: { type: 'string' } },
        ]),
      ),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The TOKEN of the server, that of a paired device, or the ADMIN_TOKEN.',
        },
      },
    },
  };
}

/** What differs in a path, for all of its methods. */
function inPath(path: string): Json {
  const parameters = namesIn(path).map((name) => ({ $ref: `#/components/parameters/${name}` }));
  return parameters.length > 0 ? { parameters } : {};
}

const namesIn = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

function describe(operation: Operation, refusals: NamedAnswers): Json {
  const { id, about, query = {}, request, status, answer, others = {}, access, errors = [] } = operation;
  const inQuery = Object.entries(query).map(([name, parameter]) => describeParameter(name, parameter));
  const bodies = request === undefined ? [] : [request].flat();
  return {
    operationId: id,
    summary: about,
    ...(access === 'open' && { security: [] }),
    ...(inQuery.length > 0 && { parameters: inQuery }),
    ...(bodies.length > 0 && {
      requestBody: {
        required: bodies.every(({ isOptional }) => !isOptional),
        content: Object.assign({}, ...bodies.map(contentOf)),
      },
    }),
    responses: {
      // Its summary says what it is.
      [status]: {
        description: answer ? 'The answer.' : 'Done.',
        ...(answer && { content: contentOf(answer) }),
      },
      ...describeErrors([...ERRORS_OF_ACCESS[access], ...errors], refusals),
      ...Object.fromEntries(
        Object.entries(others).map(([code, other]) => [
          code,
          { description: other.about, ...(other.answer && { content: contentOf(other.answer) }) },
        ]),
      ),
    },
  };
}

const describeParameter = (name: string, { schema, about, isRequired = false }: Parameter): Json => {
  const { $schema, ...described } = toJsonSchema(schema, CONFIG);
  return { name, in: 'query', required: isRequired, description: about, schema: described };
};

function contentOf(body: Body): Json {
  if ('json' in body) {
    return { 'application/json': { schema: { $ref: `#/components/schemas/${body.json}` } } };
  }
  // Bytes of any kind: OpenAPI 3.1 has no schema for them.
  return Object.fromEntries(
    body.types.map((type) => [type, type === 'multipart/form-data' ? { schema: { type: 'object' } } : {}]),
  );
}

/** By status, with the codes that it may have. */
function describeErrors(codes: readonly ErrorCode[], refusals: NamedAnswers): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  // In the order of the table, so that the same codes have the same name.
  for (const [code, { http }] of Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][]) {
    if (codes.includes(code)) byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => {
      return [status, { $ref: `#/components/responses/${nameOf(status, some, refusals)}` }];
    }),
  );
}

/** Short, as it stands at each operation. */
function nameOf(status: number, codes: readonly ErrorCode[], refusals: NamedAnswers): string {
  const key = codes.join();
  const known = refusals.get(key);
  if (known) return known.name;
  const others = [...refusals.keys()].filter(
    (other) => ERRORS[other.split(',')[0] as ErrorCode].http === status,
  );
  const name = `Error${status}${others.length === 0 ? '' : `_${others.length + 1}`}`;
  refusals.set(key, { name, answer: describeError(codes) });
  return name;
}

function describeError(codes: readonly ErrorCode[]): Json {
  const isRetryable = codes.some((code) => ERRORS[code].retryable);
  const schema = {
    allOf: [
      { $ref: '#/components/schemas/ErrorBody' },
      { properties: { error: { properties: { code: { enum: codes } } } } },
    ],
  };
  return {
    description: codes
      .map((code) => `\`${code}\`${ERRORS[code].retryable ? ' (retry later)' : ''}`)
      .join(', '),
    ...(isRetryable && {
      headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } },
    }),
    content: { 'application/json': { schema } },
  };
}
