import type { ModelFolder } from '../library/modelFolder.ts';

/** What a session or `/v1/predict` needs to know of a model. None of it is a path: the model may be on another machine. */
export type ServedModel = Pick<ModelFolder, 'manifest' | 'version' | 'labels'>;

/**
 * The models that frames can be sent to: all that sessions and `/v1/predict` ask. The registry is the one of this process;
 * `modelDirectoryContract.ts` is the contract, which a directory in another process can pass.
 */
export interface ModelDirectory<Model extends ServedModel = ServedModel> {
  /** Models that were loaded and proven; the first is the default. Some may be unloaded. */
  readonly serving: readonly Model[];
  /**
   * The model that a client asked for, or the default.
   * @throws CodedError `unknown_model`, or `not_ready` while nothing serves
   */
  find(id: string | undefined): Model;
  /**
   * Makes sure that workers hold it; it counts as used from now on.
   * @returns undefined where they are known to, else a promise that rejects with a CodedError
   */
  load(model: Model): Promise<void> | undefined;
  /** Called after other versions or models began to serve. Returns its disposer. */
  onChange(listener: () => void): () => void;
}
