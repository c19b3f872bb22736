/** The files that a model came as, on this machine's disk. */
export interface SourceFiles {
  /** In words: where it comes from. */
  description: string;
  /** The folder; nothing outside of it is read. */
  dir: string;
  /** The file that is the model, relative to `dir`, when known. */
  entry?: string;
  hints?: {
    name?: string;
    license?: string;
    /** Relative to `dir`. */
    licenseFile?: string;
    integrity?: string;
    /** What it lay in, the nearest first; distinguishes it from others of the same name. */
    folders?: readonly string[];
    /** For `provenance.source`; `description` when absent. */
    addedFrom?: string;
  };
}
