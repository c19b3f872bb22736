/** One version of a model, with all that a worker needs to load it. */
export interface ModelRef {
  readonly id: string;
  readonly dir: string;
  readonly manifestFile: string;
  /** A folder that holds another version by then is not loaded. */
  readonly version: string;
  /** Its runs take as long as there is to do in a picture: the time of some says nothing of the next. */
  readonly hasUnevenTimes?: boolean;
}

export type VersionRef = Pick<ModelRef, 'id' | 'version'>;

/** A key that is different for each version of each model. */
export const versionKey = ({ id, version }: VersionRef): string => `${id}@${version}`;
