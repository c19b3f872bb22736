import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { httpServer } from './httpServer.ts';

interface Repository {
  files: Readonly<Record<string, string | Uint8Array>>;
  license?: string;
  /** Who has it may read; everybody where there is none. */
  token?: string;
  /** Its large files are not what their hashes say. */
  isDamaged?: boolean;
}

/**
 * A server with the file layout of Hugging Face: an API that lists a repository, `resolve` addresses that redirect large
 * files to another host with signed addresses, ETags, ranges. That host breaks off each file once in the middle.
 */
export async function huggingFace(
  t: { after(close: () => Promise<void>): void },
  repositories: Readonly<Record<string, Repository>>,
  /** Resolves when enough of a large file has arrived for it to be broken off. */
  mayBreak: () => Promise<void> = async () => {},
): Promise<{
  url: string;
  requests: {
    host: 'hub' | 'storage';
    path: string;
    authorization?: string | undefined;
    range?: string | undefined;
  }[];
}> {
  const requests: Awaited<ReturnType<typeof huggingFace>>['requests'] = [];
  const note = (host: 'hub' | 'storage', { url: path = '', headers }: IncomingMessage) =>
    requests.push({ host, path, authorization: headers.authorization, range: headers.range });
  const hash = (content: string | Uint8Array, algorithm = 'sha256') =>
    createHash(algorithm).update(content).digest('hex');
  const isLarge = (name: string) => /\.(onnx|onnx_data|safetensors)$/.test(name);
  const brokenOff = new Set<string>();

  const storage = await httpServer(t, (request, response) => {
    note('storage', request);
    const [, repository = '', name = ''] = /^\/([^/]+\/[^/]+)\/(.*)\?/.exec(request.url ?? '') ?? [];
    const found = repositories[repository];
    const content = Buffer.from(found?.isDamaged ? 'damaged' : (found?.files[name] ?? ''));
    const etag = `"${hash(content)}"`;
    const { range, 'if-range': ifRange } = request.headers;
    const from = range && ifRange === etag ? Number(/\d+/.exec(range)?.[0]) : 0;
    response.writeHead(from > 0 ? 206 : 200, {
      ETag: etag,
      'Content-Length': content.length - from,
      ...(from > 0 && { 'Content-Range': `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    if (content.length < 10_000 || brokenOff.has(name)) {
      response.end(content.subarray(from));
      return;
    }
    brokenOff.add(name);
    response.write(content.subarray(0, content.length / 2));
    void mayBreak().then(() => response.destroy());
  });

  const hub = await httpServer(t, (request, response) => {
    note('hub', request);
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    const parts =
      /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(revision|resolve)\/([^/]+)(?:\/(.+))?$/.exec(pathname) ?? [];
    const [, repository = '', kind, revision = '', name = ''] = parts;
    const found = repositories[repository];
    const sha = hash(repository, 'sha1');
    const mayRead = found && (!found.token || request.headers.authorization === `Bearer ${found.token}`);
    if (!found || !mayRead) respond(response, 401, { error: 'Repository not found' });
    else if (revision !== 'main' && revision !== sha) respond(response, 404, { error: 'Invalid rev id' });
    else if (kind === 'revision') {
      const siblings = Object.entries(found.files).map(([rfilename, content]) => ({
        rfilename,
        size: Buffer.byteLength(content),
        ...(isLarge(rfilename) && { lfs: { sha256: hash(content), size: Buffer.byteLength(content) } }),
      }));
      respond(response, 200, { id: repository, sha, siblings, cardData: { license: found.license } });
    } else if (found.files[name] === undefined) respond(response, 404, { error: 'Entry not found' });
    else if (isLarge(name)) {
      response.writeHead(302, { Location: `${storage.url}/${repository}/${name}?X-Amz-Signature=1` }).end();
    } else response.writeHead(200, { ETag: `"${hash(found.files[name] ?? '')}"` }).end(found.files[name]);
  });
  return { url: hub.url, requests };
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
