import type { DeviceError, DeviceSession } from '../runtime/deviceSession.ts';

/** What running models on this device needs of the models that are stored here. */
export interface DeviceSessions {
  /**
   * A proven session of the model; of the first model known where none is named. Downloads what is missing.
   * @param onWaiting called when the download waits, with why, for a reader; with undefined when it goes on, or begins
   * @throws DeviceError
   */
  open(
    modelId: string | undefined,
    signal: AbortSignal,
    onWaiting?: (why: string | undefined) => void,
  ): Promise<DeviceSession>;
  /**
   * Called when a proven session took over for this model: a new version, a rollback, after its worker had died, or where
   * there was none.
   */
  onReplaced(listener: (modelId: string, session: DeviceSession) => void): () => void;
  /** Called when a model's session ended unexpectedly and could not be brought back, or the model was removed. */
  onLost(listener: (modelId: string, why: DeviceError) => void): () => void;
  /** Says that a person chose these models: those that were taken off this device may come back to it. */
  choose(modelIds: readonly string[]): void;
  /** Says that no one uses the model for now: its memory may be freed. */
  release(modelId: string): void;
}
