import { randomBytes } from 'node:crypto';
import { Kvm } from '@nats-io/kv';
import type { NatsLink } from './link.ts';
import { isWrongRevision, retryNats } from './natsErrors.ts';

/** As for other answers of NATS at the start. */
const FOR_MS = 30_000;
const BYTES = 32;

/**
 * A secret that all gateways of a fleet share, made by the first that asks: in the KV bucket `<name>_SECRETS`, which only those can read
 * that NATS lets in.
 * @throws Error where NATS does not answer in time
 */
export function sharedSecret(link: NatsLink, name: string): Promise<string> {
  return retryNats(
    async () => {
      const kvm = new Kvm(link.manager.jetstream());
      const kv = await link.withReplicas((replicas) =>
        kvm.create(`${link.name}_SECRETS`, { replicas, allow_direct: false }),
      );
      const known = await kv.get(name);
      if (known?.operation === 'PUT') return known.string();
      const made = randomBytes(BYTES).toString('hex');
      try {
        await kv.create(name, made);
        return made;
      } catch (error) {
        if (!isWrongRevision(error)) throw error;
        // Another gateway was faster.
        const theirs = await kv.get(name);
        if (theirs === null) throw error;
        return theirs.string();
      }
    },
    { what: 'share a secret with the other gateways', forMs: FOR_MS },
  );
}
