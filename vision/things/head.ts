import type { TaughtThing } from './taught.ts';

/** What was learned from samples: it names embeddings. A value. */
export interface Head {
  /** The things that it knows, without what is none of them. */
  readonly things: readonly { readonly id: string; readonly name: string }[];
}

/** What an embedding shows. */
export interface Recognised {
  /** Undefined: unknown, or none of the things. */
  readonly thing: { readonly id: string; readonly name: string } | undefined;
  /** How likely that is, 0..1: of those at 0.8 about 80 % are right. */
  readonly score: number;
}

/** Learns from all samples, in milliseconds. */
export function learnHead(things: readonly TaughtThing[]): Head {
  return { things: things.filter(({ isNothing }) => !isNothing).map(({ id, name }) => ({ id, name })) };
}

/** @param embedding `EMBEDDING_SIZE` numbers, not normalised */
export function recognise(_head: Head, _embedding: Float32Array): Recognised {
  return { thing: undefined, score: 1 };
}

/** The head as bytes, for a device. */
export function encodeHead(head: Head): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(head));
}

/** @throws Error where these are no bytes of a head */
export function decodeHead(bytes: Uint8Array): Head {
  return JSON.parse(new TextDecoder().decode(bytes)) as Head;
}
