import { createPrivateKey, X509Certificate } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../../protocol/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { CertificatePair } from './onePort.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Reads a certificate of the operator's own.
 * @throws Error that names the setting, where a file cannot be read or the two do not fit
 */
export async function readOwnCertificate({ certFile, keyFile }: CertificateFiles): Promise<CertificatePair> {
  const read = (setting: string, file: string) =>
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw new Error(`${setting}=${file} cannot be read: ${messageOf(cause)}`, { cause });
    });
  const [cert, key] = await Promise.all([read('TLS_CERT', certFile), read('TLS_KEY', keyFile)]);
  try {
    createSecureContext({ cert, key });
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      throw new Error('key values mismatch');
  } catch (cause) {
    throw new Error(
      `TLS_CERT=${certFile} and TLS_KEY=${keyFile}: a certificate and its key expected, both PEM and the key without a passphrase: ${messageOf(cause)}`,
      { cause },
    );
  }
  return { cert, key };
}

/** Polled, not watched: what renews certificates swaps links to folders, of which no event tells. */
const CHECK_MS = 2_000;

/**
 * Reads the files again when they are replaced. While they are broken, or only one of the two is new, the previous pair goes on.
 * @returns ends it
 */
export function watchOwnCertificate(
  files: CertificateFiles,
  onNew: (certificate: CertificatePair) => void,
  log: Log,
  checkMs = CHECK_MS,
): () => void {
  let reading = Promise.resolve();
  const onChange = () => {
    reading = reading.then(async () => {
      try {
        onNew(await readOwnCertificate(files));
        log.info(files, 'the certificate was replaced');
      } catch (error) {
        log.warn(
          { ...files, why: messageOf(error) },
          'the new certificate cannot be used, the previous one goes on',
        );
      }
    });
  };
  for (const file of [files.certFile, files.keyFile]) {
    watchFile(file, { interval: checkMs }, onChange);
  }
  return () => {
    for (const file of [files.certFile, files.keyFile]) unwatchFile(file, onChange);
  };
}
