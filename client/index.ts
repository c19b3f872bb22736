/** The client of Livelens: README.md shows it in use. Only what is exported here is public. */
export type { AccessGrant, AccessLink } from '../protocol/access.ts';
export type { ErrorCode } from '../protocol/errors.ts';
export type { ImageFormat } from '../protocol/frame.ts';
export type {
  DropReason,
  Label,
  ModelInfo,
  Prediction,
  ServerMessageOf,
  ServerTime,
  Timing,
} from '../protocol/messages.ts';
export type {
  ImportOptions,
  ImportReport,
  ImportState,
  ModelDetails,
  ModelList,
  Verification,
} from '../protocol/models.ts';
export { ClientError, type ClientErrorCode } from './clientError.ts';
export { createHttpClient, type HttpClient, type PredictOptions } from './http/httpClient.ts';
export type { ImportsClient, UploadOptions } from './http/importsClient.ts';
export type { CallOptions, HttpOptions, Upload } from './http/requester.ts';
export type { ConnectionProblem, ConnectionState } from './stream/connectionState.ts';
export { AGE_PARTS, type AgePart, type AgeSplit, type FrameTrace, splitAge } from './stream/frameAge.ts';
export type { LinkReading } from './stream/linkMeter.ts';
export type { ModelSelection } from './stream/modelSelection.ts';
export { createStream, openStream, type StreamOptions } from './stream/openStream.ts';
export type { Pace } from './stream/pacing.ts';
export type { DroppedFrame, FrameLabels, OutgoingFrame, Stream } from './stream/stream.ts';
export type { StreamSocket, Transport } from './stream/transport.ts';
export type { Token, TokenSource } from './tokenReader.ts';
