import * as v from 'valibot';
import { about, file, list, secret, wholeNumber } from './settingTypes.ts';

/** It becomes a part of subjects, and of names of streams. */
const name = (fallback: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(/^[A-Za-z0-9_-]{1,32}$/, 'a name of letters, digits, "-" and "_" expected, at most 32 of them'),
    ),
    fallback,
  );

/** How gateways and workers on many machines meet: a part of `Environment`. */
export const QUEUE_SETTINGS = {
  QUEUE: v.pipe(
    list,
    about({
      group: 'Many machines',
      defaultIs: 'none: the server runs models itself',
      meaning:
        'NATS servers with JetStream, separated by commas: `nats://a.example:4222,nats://b.example:4222`, or `tls://…`. With it the server is a gateway, whose models run on [worker machines](many-machines.md). Who it is stands in the next settings, never in an address.',
    }),
  ),
  QUEUE_CREDENTIALS_FILE: v.pipe(
    file,
    about({
      group: 'Many machines',
      defaultIs: 'none',
      meaning: 'File with the credentials of a NATS user (`.creds`: a JWT and its seed).',
    }),
  ),
  QUEUE_USER: v.pipe(
    file,
    about({ group: 'Many machines', defaultIs: 'none', meaning: 'User at NATS, with `QUEUE_PASSWORD`.' }),
  ),
  QUEUE_PASSWORD: v.pipe(
    v.optional(secret(1)),
    about({ isSecret: true, group: 'Many machines', defaultIs: 'none', meaning: 'Its password.' }),
  ),
  QUEUE_TOKEN: v.pipe(
    v.optional(secret(1, 8_192)),
    about({
      isSecret: true,
      group: 'Many machines',
      defaultIs: 'none',
      meaning: 'Token that the NATS servers ask for.',
    }),
  ),
  QUEUE_CA_FILE: v.pipe(
    file,
    about({
      group: 'Many machines',
      defaultIs: 'the authorities that Node.js knows',
      meaning: 'File of the certificate authority of the NATS servers, PEM.',
    }),
  ),
  QUEUE_CERT_FILE: v.pipe(
    file,
    about({
      group: 'Many machines',
      defaultIs: 'none',
      meaning: 'File of a client certificate for NATS, PEM, with `QUEUE_KEY_FILE`.',
    }),
  ),
  QUEUE_KEY_FILE: v.pipe(
    file,
    about({ group: 'Many machines', defaultIs: 'none', meaning: 'File of its private key, PEM.' }),
  ),
  QUEUE_NAME: v.pipe(
    name('livelens'),
    about({
      group: 'Many machines',
      meaning:
        'What subjects and streams in NATS begin with. Gateways and workers with the same name are one fleet; another name is another fleet on the same servers.',
    }),
  ),
  QUEUE_REPLICAS: v.pipe(
    v.optional(wholeNumber(1, 5)),
    about({
      group: 'Many machines',
      unit: 'servers',
      defaultIs: 'all of the NATS cluster, at most 3',
      meaning: 'Number of NATS servers that keep each stream. With 3 the fleet goes on when one is lost.',
    }),
  ),
  WORKER_GROUP: v.pipe(
    name('default'),
    about({
      group: 'Many machines',
      meaning:
        'Group of a worker machine. Workers of one group share one line of frames, and hold the same models.',
    }),
  ),
};
