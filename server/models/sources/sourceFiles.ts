/** The files of a model as they came, whatever way. */
export interface SourceFiles {
  /** In words, for a person. */
  description: string;
  /** The folder that holds them. */
  dir: string;
  /** The file that is the model, relative to `dir`, where it is known. */
  entry?: string;
  hints?: {
    name?: string;
    /** SPDX identifier. */
    license?: string;
    licenseFile?: string;
    /** Subresource Integrity string of what came. */
    integrity?: string;
    /** What a person gave. */
    addedFrom?: string;
  };
}

export interface ReceiveOptions {
  /** An empty folder; all that comes is written there. */
  dir: string;
  /** Of all files together. */
  maxBytes: number;
  /** `of` is absent where nobody said how many come. */
  onBytes?: (bytes: number, of: number | undefined) => void;
  onProgress?: (message: string) => void;
  signal?: AbortSignal | undefined;
}
