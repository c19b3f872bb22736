import { realpath } from 'node:fs/promises';
import { createHttpClient, type HttpClient } from '../../client/http/httpClient.ts';
import { createRequester, type HttpOptions } from '../../client/http/requester.ts';
import { createThingsClient, type ThingsClient } from '../../client/http/thingsClient.ts';
import { ServerStatus, STATUS_PATH } from '../../protocol/status.ts';
import { readInstallation } from '../access/installation.ts';
import { proofFor } from '../access/proof.ts';
import { readServerRecords, recordAt, type ServerRecord } from '../access/serverRecord.ts';
import type { Config } from '../config/config.ts';
import { listenUrl } from '../http/listenUrl.ts';
import { CommandError } from './context.ts';

/**
 * Servers that this user runs on this machine, and how commands prove to them who they are. The secret of the
 * installation never leaves this process: a server on record gets a proof that is good for it alone, at the address on
 * record. Whatever else listens there gets no proof.
 */
export interface OwnServers {
  /** For the server at an address that a person named: with ADMIN_TOKEN where it is set, else as one of ours. */
  clientOf(address: string): Promise<ServerClient>;
  /** Servers that may serve the models of this folder, the likeliest first; nothing has been asked of them yet. */
  serving(modelsDir: string): Promise<readonly ServingServer[]>;
  /** For the one that runs. @throws CommandError where none does, or several do */
  running(): Promise<ServerClient>;
}

/** A client of one server. */
export interface ServerClient extends HttpClient {
  readonly things: ThingsClient;
  /** @param after number of the last sample of the history that is not wanted */
  status(after?: number): Promise<ServerStatus>;
  /** Where a browser opens its page. */
  readonly pageUrl: string;
}

function httpOf(options: HttpOptions): Omit<ServerClient, 'pageUrl'> {
  const requester = createRequester(options);
  return {
    ...createHttpClient(options),
    things: createThingsClient(requester),
    status: (after) =>
      requester.request(ServerStatus, {
        method: 'GET',
        path: after === undefined ? STATUS_PATH : `${STATUS_PATH}?after=${after}`,
      }),
  };
}

export interface ServingServer {
  client: Pick<HttpClient, 'url' | 'models'>;
  /** It is on record with this folder. Else it is what listens where the server of this machine does by its settings. */
  isOnRecord: boolean;
}

export function createOwnServers(
  {
    host,
    port,
    configDir,
    adminToken,
    token,
  }: Pick<Config, 'host' | 'port' | 'configDir' | 'adminToken' | 'token'>,
  signal: AbortSignal,
): OwnServers {
  const expectedAddress = listenUrl(host, port);

  const withToken = (address: string, bearer: string | undefined): ServerClient => {
    const http = httpOf({ url: address, token: bearer, signal });
    return { ...http, pageUrl: http.url };
  };
  const withProof = (secret: Buffer, { url, pageUrl, instance }: ServerRecord): ServerClient => {
    // A proof is good for a minute, so each request makes its own.
    const token = () => proofFor(secret, instance, Date.now());
    return { ...httpOf({ url, token, signal }), pageUrl };
  };

  async function ofThisMachine() {
    const installation = await readInstallation(configDir);
    if (installation === undefined) return undefined;
    return { secret: installation.secret, records: await readServerRecords(configDir) };
  }

  async function ownAt(address: string): Promise<ServerClient | undefined> {
    // A secret that cannot be read is no proof; the server then says what it asks for.
    const own = await ofThisMachine().catch(() => undefined);
    const record = own && recordAt(own.records, address);
    return own && record && withProof(own.secret, record);
  }

  return {
    async clientOf(address) {
      if (adminToken !== undefined) return withToken(address, adminToken);
      return (await ownAt(address)) ?? withToken(address, token);
    },
    async serving(modelsDir) {
      const folder = await realpath(modelsDir).catch(() => modelsDir);
      // A secret that cannot be read is no proof; what listens there then says what it asks for.
      const own = await ofThisMachine().catch(() => undefined);
      const expected = own && recordAt(own.records, expectedAddress);
      const found: ServingServer[] = [];
      for (const record of own?.records ?? []) {
        if (own === undefined || record.modelsDir !== folder) continue;
        const one = { client: withProof(own.secret, record), isOnRecord: true };
        if (record === expected) found.unshift(one);
        else found.push(one);
      }
      if (expected?.modelsDir !== undefined) return found;
      const client = own && expected ? withProof(own.secret, expected) : withToken(expectedAddress, token);
      return [...found, { client, isOnRecord: false }];
    },
    async running() {
      const own = await ofThisMachine();
      const expected = own && recordAt(own.records, expectedAddress);
      const [only, ...others] = own?.records ?? [];
      const record = expected ?? (others.length === 0 ? only : undefined);
      if (own && record) return withProof(own.secret, record);
      if (only) {
        const all = own?.records.map(({ url }) => `  ${url}`).join('\n');
        throw new CommandError(`Several servers run on this machine. Choose one with --server:\n${all}`);
      }
      throw new CommandError(
        'No server of yours runs on this machine. Start one, or run this command as the user who started it, with the same ' +
          'LIVELENS_CONFIG_DIR if that is set, or choose another server with --server and ADMIN_TOKEN.',
      );
    },
  };
}
