import type { ImportReport } from '../../protocol/models.ts';

/** Something that looks wrong, of an import report. */
export type Warning = ImportReport['warnings'][number];
