import type { Words } from './en.ts';
import type { Formats } from './formats.ts';
import { actions } from './zhHans/actions.ts';
import { backend } from './zhHans/backend.ts';
import { cameraControls } from './zhHans/cameraControls.ts';
import { demo } from './zhHans/demo.ts';
import { doctor } from './zhHans/doctor.ts';
import { lan } from './zhHans/lan.ts';
import { lensPage } from './zhHans/lensPage.ts';
import { measure } from './zhHans/measure.ts';
import { models } from './zhHans/models.ts';
import { report } from './zhHans/report.ts';
import { screens } from './zhHans/screens.ts';
import { sentences } from './zhHans/sentences.ts';
import { status } from './zhHans/status.ts';
import { thing } from './zhHans/thing.ts';
import { things } from './zhHans/things.ts';
import { wall } from './zhHans/wall.ts';

/** The words of the page in Simplified Chinese. */
export const zhHans = (format: Formats): Words => ({
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
