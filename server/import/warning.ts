import type { ImportReport } from '../../protocol/models.ts';

/** Something in an import report that seems wrong. */
export type Warning = ImportReport['warnings'][number];
