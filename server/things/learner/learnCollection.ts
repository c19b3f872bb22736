import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../../protocol/errors.ts';
import { CollectionIndex, samplesOf, versionInUse } from '../../../vision/things/collectionIndex.ts';
import { type HeadEmbedder, learnHead } from '../../../vision/things/head.ts';
import type { TaughtSample, TaughtThing } from '../../../vision/things/taught.ts';
import { decodeViews } from '../../../vision/things/viewBytes.ts';
import { backgroundIn, type EmbeddedSample, indexIn, samplesIn, sizeOf, viewFilesOf } from '../viewFiles.ts';
import type { Learned } from './messages.ts';

/** Embeddings that were read, by collection and sample: each change learns from all of them. */
type Known = Map<string, { readonly version: string; readonly views: readonly Float32Array[] }>;

/** What may be kept of all collections, bytes: those that were learned from longest ago go first. */
const MAX_KEPT_BYTES = 256e6;

/** Learns from collections on the disk. It waits for the disk: for a thread of its own. */
export function createLearnCollection(): (dir: string) => Learned {
  /** The one that was learned from last is the last. */
  const collections = new Map<string, Known>();

  function forgetOldest(): void {
    const bytesOf = (known: Known) =>
      [...known.values()].reduce(
        (sum, { views }) => sum + views.reduce((bytes, view) => bytes + view.byteLength, 0),
        0,
      );
    let bytes = 0;
    for (const [dir, known] of [...collections].reverse()) {
      bytes += bytesOf(known);
      if (bytes > MAX_KEPT_BYTES) collections.delete(dir);
    }
  }

  return (dir) => {
    const { things, embedder } = v.parse(CollectionIndex, JSON.parse(readFileSync(indexIn(dir), 'utf8')));
    const version = versionInUse(things);
    const size = sizeOf(samplesOf(things).find((sample) => sample.version === version) ?? {});
    const before: Known = collections.get(dir) ?? new Map();
    const now: Known = new Map();
    const unreadable: unknown[] = [];
    const taught = things.map((thing): TaughtThing => {
      const samples = thing.samples.flatMap((sample): TaughtSample[] => {
        // It is learned from when it was embedded again.
        if (sample.version !== version || sizeOf(sample) !== size) return [];
        try {
          const known = before.get(sample.id);
          const views = known?.version === version ? known.views : readViews(dir, sample);
          now.set(sample.id, { version, views });
          return [{ ...sample, views }];
        } catch (error) {
          unreadable.push(error);
          return [];
        }
      });
      return { ...thing, samples };
    });
    collections.delete(dir);
    collections.set(dir, now);
    forgetOldest();
    const [first] = unreadable;
    return {
      head: learnHead(taught, {
        embedder: embedder === undefined ? undefined : embedderOf(dir, embedder, version, size),
        version,
      }),
      unreadable: first === undefined ? undefined : { count: unreadable.length, why: messageOf(first) },
    };
  };
}

function embedderOf(dir: string, model: string, version: string | undefined, size: number): HeadEmbedder {
  return { model, background: backgroundOf(path.dirname(dir), version ?? '', size) };
}

/** All zeros until it is known: things are named, and less is called unknown. */
function backgroundOf(thingsDir: string, version: string, size: number): Float32Array {
  try {
    const [mean] = decodeViews(readFileSync(backgroundIn(thingsDir, version)), size);
    if (mean) return mean.slice();
  } catch {}
  return new Float32Array(size);
}

function readViews(dir: string, sample: EmbeddedSample): readonly Float32Array[] {
  const [again = '', first = ''] = viewFilesOf(sample).map((name) => path.join(samplesIn(dir), name));
  let bytes: Buffer;
  try {
    bytes = readFileSync(again);
  } catch {
    bytes = readFileSync(first);
  }
  return decodeViews(bytes, sizeOf(sample));
}
