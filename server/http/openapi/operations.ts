import * as v from 'valibot';
import { BANDWIDTH } from '../../../protocol/bandwidth.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { Score } from '../../../protocol/vocabulary.ts';
import { MAX_PREDICTED_LABELS } from '../../../vision/maxLabels.ts';
import type { SchemaName } from './schemas.ts';
import { THINGS_OPERATIONS } from './thingsOperations.ts';

/** What a body is: JSON of a schema, bytes of these types, or nothing. */
export type Body =
  | { readonly json: SchemaName; readonly isOptional?: boolean }
  | { readonly types: readonly string[]; readonly isOptional?: boolean };

export interface Parameter {
  readonly schema: v.GenericSchema<unknown, unknown>;
  readonly about: string;
  readonly isRequired?: boolean;
}

export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Below the server's address, with `{name}` for what differs. */
  readonly path: string;
  readonly id: string;
  readonly about: string;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly request?: Body | readonly Body[];
  readonly status: number;
  readonly answer?: Body;
  /** Further answers that are no errors of the table. */
  readonly others?: Readonly<Record<number, { readonly about: string; readonly answer?: Body }>>;
  /** What it may refuse with, in addition to `internal`, and to what `access` brings. */
  readonly errors?: readonly ErrorCode[];
  /** `open`: everyone; `page`: allowed origins; `use`: who may use the server, too; `change`: who may change models. */
  readonly access: 'open' | 'page' | 'use' | 'change';
}

const BYTES = ['application/octet-stream'];
const PICTURES = ['image/jpeg', 'image/png', 'image/webp', ...BYTES];
const Text = v.pipe(v.string(), v.maxLength(2_000));
const Switch = v.picklist(['0', '1']);

/** All requests but the two sockets, which OpenAPI has no words for; docs/api.md is the list for people. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/predict',
    id: 'predict',
    status: 200,
    access: 'use',
    about: 'Labels of one picture: JPEG, PNG or WebP, as the body or as the first file of a form.',
    query: {
      model: { schema: v.string(), about: 'Id of a model; `codes` reads codes. Default: the first model.' },
      minScore: { schema: Score, about: 'Lowest score of a label. Default: the model’s.' },
      maxLabels: {
        schema: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PREDICTED_LABELS)),
        about: 'Maximum number of labels. Default: that of the task.',
      },
      thorough: { schema: Switch, about: '`1`: finds small things as well, in the time of twelve pictures.' },
    },
    request: [{ types: PICTURES }, { types: ['multipart/form-data'] }],
    answer: { json: 'Prediction' },
    errors: [
      ...(['bad_request', 'unknown_model', 'frame_too_large', 'frame_too_costly', 'undecodable'] as const),
      ...(['rate_limited', 'server_busy', 'not_ready', 'stale', 'worker_lost', 'restarting'] as const),
    ],
  },
  {
    method: 'get',
    path: '/v1/time',
    id: 'time',
    status: 200,
    access: 'use',
    about: 'The clock of the server.',
    answer: { json: 'ServerTime' },
  },
  {
    method: 'get',
    path: '/v1/status',
    id: 'status',
    status: 200,
    access: 'change',
    about: 'What the server does now, and did in the last five minutes.',
    query: {
      after: {
        schema: v.pipe(v.number(), v.integer(), v.minValue(0)),
        about: 'Number of a sample: only later ones are wanted. Default: all.',
      },
    },
    answer: { json: 'ServerStatus' },
    errors: ['bad_request'],
  },
  {
    method: 'get',
    path: '/v1/models',
    id: 'models',
    status: 200,
    access: 'use',
    about: 'The models, with versions, cost and state. The first is used where a request names none.',
    answer: { json: 'ModelList' },
  },
  {
    method: 'get',
    path: '/v1/models/{id}/manifest',
    id: 'manifest',
    status: 200,
    access: 'use',
    about: 'The manifest of the version that serves.',
    answer: { json: 'Manifest' },
    errors: ['unknown_model', 'not_ready'],
  },
  {
    method: 'get',
    path: '/v1/models/{id}/device',
    id: 'deviceModel',
    status: 200,
    access: 'use',
    about: 'Everything that a device needs to run the version that serves.',
    answer: { json: 'DeviceModel' },
    others: { 304: { about: 'Not changed, with `If-None-Match`.' } },
    errors: ['unknown_model', 'not_ready'],
  },
  {
    method: 'get',
    path: '/v1/models/{id}/files/{sha256}',
    id: 'modelFile',
    status: 200,
    access: 'use',
    about: 'A file that a device needs, by its hash. Takes `Range`.',
    answer: { types: BYTES },
    others: {
      206: { about: 'The part that `Range` asked for.', answer: { types: BYTES } },
      304: { about: 'Not changed, with `If-None-Match`.' },
      416: { about: 'There is no such part.' },
    },
    errors: ['unknown_model', 'not_found', 'server_busy', 'restarting', 'not_ready'],
  },
  {
    method: 'post',
    path: '/v1/models/imports',
    id: 'importModel',
    status: 202,
    access: 'change',
    about: 'Brings a model: the bytes of a file with `name`, or a source as JSON without.',
    query: {
      name: { schema: Text, about: 'Name of the file that the body is.' },
      options: { schema: Text, about: 'ImportOptions as JSON, with `name`.' },
    },
    request: [{ types: BYTES }, { json: 'SourceRequest' }],
    answer: { json: 'ImportState' },
    errors: ['bad_request', 'model_too_large', 'server_busy', 'not_writable', 'restarting'],
  },
  {
    method: 'get',
    path: '/v1/models/imports/{id}',
    id: 'importState',
    status: 200,
    access: 'change',
    about: 'How far an import is.',
    answer: { json: 'ImportState' },
    errors: ['not_found'],
  },
  {
    method: 'post',
    path: '/v1/models/imports/{id}/options',
    id: 'setImportOptions',
    status: 202,
    access: 'change',
    about: 'Checks an import again, with other options.',
    request: { json: 'ImportOptions' },
    answer: { json: 'ImportState' },
    errors: ['bad_request', 'not_found', 'conflict'],
  },
  {
    method: 'post',
    path: '/v1/models/imports/{id}/accept',
    id: 'acceptImport',
    status: 202,
    access: 'change',
    about: 'Takes an import: it goes on trial, and then live.',
    request: { json: 'AcceptRequest', isOptional: true },
    answer: { json: 'ImportState' },
    errors: ['bad_request', 'not_found', 'conflict'],
  },
  {
    method: 'delete',
    path: '/v1/models/imports/{id}',
    id: 'dropImport',
    status: 204,
    access: 'change',
    about: 'Discards an import.',
    errors: ['not_found', 'conflict'],
  },
  {
    method: 'post',
    path: '/v1/models/{id}/verify',
    id: 'verifyModel',
    status: 200,
    access: 'change',
    about: 'Compares a model with its goldens.',
    answer: { json: 'Verification' },
    errors: ['unknown_model'],
  },
  {
    method: 'post',
    path: '/v1/models/{id}/quantize',
    id: 'quantizeModel',
    status: 202,
    access: 'change',
    about:
      'Makes an int8 version of the live version. It goes on as an import, with `quantized` for a report.',
    answer: { json: 'ImportState' },
    errors: ['unknown_model', 'server_busy', 'not_writable', 'restarting'],
  },
  {
    method: 'post',
    path: '/v1/models/{id}/words',
    id: 'chooseWords',
    status: 202,
    access: 'change',
    about: 'Has a model with a text tower look for these words. It goes on as an accepted import.',
    request: { json: 'WordsRequest' },
    answer: { json: 'ImportState' },
    errors: ['bad_request', 'unknown_model', 'conflict', 'server_busy', 'not_writable', 'restarting'],
  },
  {
    method: 'post',
    path: '/v1/models/{id}/rollback',
    id: 'rollBackModel',
    status: 200,
    access: 'change',
    about: 'Brings back the previous version, or the one that is named.',
    request: { json: 'RollbackRequest', isOptional: true },
    answer: { json: 'ModelDetails' },
    errors: ['bad_request', 'unknown_model', 'conflict', 'not_writable'],
  },
  {
    method: 'delete',
    path: '/v1/models/{id}',
    id: 'removeModel',
    status: 204,
    access: 'change',
    about: 'Removes a model with all its versions.',
    errors: ['unknown_model', 'conflict', 'not_writable'],
  },
  ...THINGS_OPERATIONS,
  {
    method: 'get',
    path: BANDWIDTH.path,
    id: 'download',
    status: 200,
    access: 'use',
    about: 'Random bytes, to measure the link by.',
    query: {
      bytes: {
        schema: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(BANDWIDTH.maxBytes)),
        about: 'How many. Default: the maximum.',
      },
    },
    answer: { types: BYTES },
    errors: ['bad_request', 'server_busy', 'restarting'],
  },
  {
    method: 'post',
    path: BANDWIDTH.path,
    id: 'upload',
    status: 200,
    access: 'use',
    about: `Takes at most ${BANDWIDTH.maxBytes} bytes, to measure the link by. They are not kept.`,
    request: { types: BYTES },
    answer: { json: 'BandwidthReceipt' },
    errors: ['bad_request', 'server_busy', 'restarting'],
  },
  {
    method: 'post',
    path: '/v1/access',
    id: 'redeemLink',
    status: 200,
    access: 'page',
    about: 'The right to change models, for a browser, from the code of a link.',
    request: { json: 'AccessRequest' },
    answer: { json: 'AccessGrant' },
    errors: ['bad_request', 'forbidden_admin'],
  },
  {
    method: 'post',
    path: '/v1/access/links',
    id: 'createLink',
    status: 201,
    access: 'page',
    about: 'A new link that gives a browser the right to change models.',
    answer: { json: 'AccessLink' },
    errors: ['forbidden_admin'],
  },
  {
    method: 'get',
    path: '/v1/lan',
    id: 'lan',
    status: 200,
    access: 'page',
    about: 'Whether other devices of the network are served, and what they need.',
    answer: { json: 'LanInfo' },
  },
  {
    method: 'post',
    path: '/v1/lan/phone',
    id: 'invitePhone',
    status: 200,
    access: 'page',
    about: 'An address for a phone, with a code.',
    request: { json: 'PhoneLinkRequest' },
    answer: { json: 'PhoneLink' },
    errors: ['bad_request', 'not_found', 'forbidden_admin'],
  },
  {
    method: 'post',
    path: '/v1/lan/pair',
    id: 'pair',
    status: 200,
    access: 'page',
    about: 'The token of a paired device, from the code of such an address. The code is good once.',
    request: { json: 'PairRequest' },
    answer: { json: 'PairGrant' },
    errors: ['bad_request', 'unauthorized'],
  },
  {
    method: 'get',
    path: '/healthz',
    id: 'health',
    status: 200,
    access: 'open',
    about: 'Whether the process is alive.',
    answer: { json: 'Health' },
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readiness',
    status: 200,
    access: 'open',
    about: 'Whether models are loaded and verified.',
    answer: { json: 'Readiness' },
    others: { 503: { about: 'Not ready.', answer: { json: 'Readiness' } } },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    status: 200,
    access: 'open',
    about: 'Metrics for Prometheus.',
    answer: { types: ['text/plain'] },
  },
];
