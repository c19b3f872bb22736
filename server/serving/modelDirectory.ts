import type { Head } from '../../vision/things/head.ts';
import type { ModelFolder } from '../library/modelFolder.ts';

/** What a session or `/v1/predict` needs to know of a model. None of it is a path: the model may be on another machine. */
export type ServedModel = Pick<ModelFolder, 'manifest' | 'version' | 'labels'> & {
  /** The id of the model that frames are run by, where it is another one: a collection of taught things is run by `things`. */
  readonly runs?: string | undefined;
  /** Of such a collection: what gives names to what the model found, as it is now. */
  readonly taught?: (() => Head | undefined) | undefined;
  /** Of such a collection: the id of the model that embeds what is found, as it is now; undefined for the model that runs. */
  readonly embedder?: (() => string | undefined) | undefined;
};

/** The id that a job in the frame queue has for it. */
export const runsOf = ({ runs, manifest }: ServedModel): string => runs ?? manifest.id;

/** What a job in the frame queue says of who runs it. */
export const runBy = (model: ServedModel): { model: string; embedder?: string | undefined } => {
  const embedder = model.embedder?.();
  return { model: runsOf(model), ...(embedder !== undefined && { embedder }) };
};

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
