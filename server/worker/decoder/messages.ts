import type { Label } from '../../../protocol/messages.ts';
import type { ModelInput } from '../../../vision/manifest.ts';
import type { TileFrame } from '../../../vision/tiles/tileFrame.ts';
import type { CutOptions, CutSample } from '../../inference/cutSample.ts';
import type { Decoded } from '../../inference/decode.ts';
import type { FrameJob } from '../../queue/frameQueue.ts';

/** A costly picture, and what a model wants of it. */
export interface DecodeJob
  extends Pick<FrameJob, 'format' | 'image' | 'maxPixels' | 'isFitted' | 'wantsTiles'> {
  input: Omit<ModelInput, 'name'>;
  /** Processor time after which it is given up, ms, on the machine where DecodeCost was measured. */
  maxCpuMs: number;
}

/** A picture as the model sees it, on its way to a worker. */
export interface DecodedPicture extends Readonly<Decoded> {
  readonly kind: 'decoded';
  readonly decodeMs: number;
  /** Of a job that wanted them. */
  readonly tiles?: readonly TileFrame[] | undefined;
}

/** A picture whose codes are to be read. */
export type CodesJob = Omit<DecodeJob, 'input' | 'isFitted'>;

export interface ReadCodes {
  readonly kind: 'codes';
  readonly labels: readonly Label[];
  /** Of the reader. */
  readonly version: string;
  readonly decodeMs: number;
  readonly readMs: number;
}

/** A picture that a thing is to be cut out of; see `cutSample`. */
export type SampleJob = CodesJob & Pick<CutOptions, 'box' | 'isCut' | 'view'>;

/** A thing that was cut out, on its way into a collection. */
export type CutOut = { readonly kind: 'cutOut' } & CutSample;

export type ToDecoder =
  | ({ type: 'decode' } & DecodeJob)
  | ({ type: 'codes' } & CodesJob)
  | ({ type: 'cutSample' } & SampleJob);

export type FromDecoder =
  | DecodedPicture
  | ReadCodes
  | CutOut
  | { kind: 'undecodable'; detail: string }
  /** It took more processor time than it may. The process ends with this, as a decoder cannot be stopped. */
  | { kind: 'tooCostly'; cpuMs: number };
