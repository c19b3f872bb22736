import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { SafeStorage } from '../../browser/storage.ts';
import type { Certificate } from './certificate.ts';
import type { ProviderReport } from './deviceSession.ts';
import type { OpenedWorker } from './openedWorker.ts';
import { type Remembered, rememberedFor } from './remembered.ts';

const Agreement = v.object({
  goldens: v.number(),
  sameTop: v.number(),
  largestDifference: v.number(),
  problems: v.array(v.string()),
});

const KnownProof = v.object({
  certificate: v.pipe(
    v.object({
      model: v.string(),
      version: v.string(),
      // What failed, or is not whole, is not known: it is run again.
      passes: v.literal(true),
      pending: v.literal(0),
      deviceRuntime: v.string(),
      serverRuntime: v.optional(v.string()),
      recordedBy: v.optional(v.string()),
      withRecord: Agreement,
      withServer: v.optional(Agreement),
      provenAtMs: v.number(),
    }),
    v.transform(
      (kept): Certificate => ({
        ...{ serverRuntime: undefined, recordedBy: undefined, withServer: undefined },
        ...kept,
      }),
    ),
  ),
  /** The fastest run then, ms. */
  inferMs: v.number(),
});
/** That all goldens of a model agreed in this very browser. */
export type KnownProof = v.InferOutput<typeof KnownProof>;

/** Remembers what was proven, where it was proven as a whole. */
export function rememberProof(
  known: Remembered<KnownProof>,
  { certificate, provider: { inferMs } }: Pick<OpenedWorker, 'certificate' | 'provider'>,
): void {
  if (certificate.passes && certificate.pending === 0) known.write({ certificate, inferMs });
}

/**
 * What is known of a version of a model with each runtime in this very browser. Another version, its graph in another form, other goldens
 * or another answer of the server to them, another runtime, number of threads or browser is proven again.
 * @param runtimeUrlOf the folder of a runtime's files
 * @param entries where it is stored; default: local storage
 */
export function knownProofsOf(
  model: Pick<DeviceModel, 'manifest' | 'version' | 'goldens' | 'graph' | 'graphs'>,
  { runtimeUrlOf, userAgent, entries }: KnownWhere,
): (choice: Choice) => Remembered<KnownProof> {
  // Once: with outlines they may be a megabyte.
  const { goldens, graph, graphs } = model;
  const ofFiles = bytesToHex(sha256(utf8ToBytes(JSON.stringify([goldens, graph, graphs]))));
  return (choice) =>
    rememberedFor(
      {
        name: `proof.${model.manifest.id}.${choice.provider}.${choice.threads}`,
        key: `${model.version} ${ofFiles} ${runtimeUrlOf(choice.provider)} ${userAgent}`,
        entries,
      },
      KnownProof,
    );
}

type Choice = Pick<ProviderReport, 'provider' | 'threads'>;

interface KnownWhere {
  readonly userAgent: string;
  readonly entries?: SafeStorage;
  runtimeUrlOf(provider: Choice['provider']): string;
}
