import { actions } from './en/actions.ts';
import { backend } from './en/backend.ts';
import { cameraControls } from './en/cameraControls.ts';
import { demo } from './en/demo.ts';
import { doctor } from './en/doctor.ts';
import { lan } from './en/lan.ts';
import { lensPage } from './en/lensPage.ts';
import { measure } from './en/measure.ts';
import { models } from './en/models.ts';
import { report } from './en/report.ts';
import { screens } from './en/screens.ts';
import { sentences } from './en/sentences.ts';
import { status } from './en/status.ts';
import { thing } from './en/thing.ts';
import { things } from './en/things.ts';
import { wall } from './en/wall.ts';
import type { Formats } from './formats.ts';

/**
 * All words that a person reads in the page, in English: by panel, with functions where a value is part of the text. Another
 * language is one more of these; what it lacks, or has too much, fails the type check. Texts may have marks: see Rich.tsx.
 */
export const en = (format: Formats) => ({
  format,
  ...lensPage(format),
  ...cameraControls(format),
  ...demo,
  ...doctor(format),
  ...measure(format),
  ...screens(format),
  ...backend(format),
  ...models(format),
  ...report(format),
  ...sentences,
  ...lan(format),
  ...status(format),
  ...thing(format),
  ...things(format),
  ...wall(format),
  ...actions(format),
});

export type Words = ReturnType<typeof en>;
