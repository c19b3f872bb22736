import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { DeviceError, DeviceSession } from '../runtime/deviceSession.ts';
import type { DeviceApi } from './deviceApi.ts';
import type { DeviceEvent } from './deviceReducer.ts';
import type { DeviceStore } from './deviceStore.ts';
import type { Downloads } from './downloads.ts';
import type { StoredModel } from './storedModel.ts';

export type OpenSession = (options: {
  model: DeviceModel;
  files: { load(sha256: string): Promise<ArrayBuffer> };
  signal: AbortSignal;
  /** Whether something large may be fetched unasked now. */
  mayFetch(): boolean;
  /** Whether a person waits: then goldens may run later, between frames (see `openDeviceSession`). */
  isUrgent: boolean;
}) => Promise<DeviceSession>;

/** What all models of a device share. */
export interface ModelHost {
  readonly api: DeviceApi;
  readonly kept: DeviceStore;
  readonly downloads: Downloads;
  readonly openSession: OpenSession;
  /** How long a unused session stays in memory. */
  readonly releaseMs: number;
  /** Aborted when the device is closed. */
  readonly ending: AbortSignal;
  /** Whether a person chose this device: conditions do not count for a first download. */
  isChosen(): boolean;
  /** As it was read last. */
  record(id: string): StoredModel | undefined;
  /** Reads all records again. */
  reload(): Promise<void>;
  dispatch(event: DeviceEvent): void;
  /** A session took over, from another one or from none. */
  tookOver(id: string, session: DeviceSession): void;
  /** The session in use ended, and no other takes its place. */
  lost(id: string, why: DeviceError): void;
}

/** What there is once the records were read. */
export interface Begun {
  readonly kept: DeviceStore;
  readonly host: ModelHost;
}
