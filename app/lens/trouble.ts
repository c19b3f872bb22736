import type { LiveKind } from '../capture/liveSource.ts';
import { SourceError, type SourceProblem } from '../capture/sourceProblem.ts';
import type { LensEvent, Notice, View } from './lensState.ts';
import { whyNoCamera } from './support.ts';

const show = (view: View): LensEvent => ({ type: 'view', view });
const say = (notice: Notice): LensEvent => ({ type: 'notice', notice });

/** What the page shows after the camera could not be opened. */
export function afterNoCamera(error: unknown): LensEvent[] {
  const problem: SourceProblem =
    error instanceof SourceError ? error.problem : { kind: 'failed', message: String(error) };
  switch (problem.kind) {
    case 'denied':
      return [show({ kind: 'denied', bySystem: problem.bySystem })];
    case 'no-camera':
      return [show({ kind: 'no-camera', reason: 'none' })];
    case 'camera-busy':
      return [show({ kind: 'camera-busy' })];
    case 'withheld':
      return [show(whyNoCamera() ?? { kind: 'no-camera', reason: 'withheld' })];
    case 'cancelled':
      return [show({ kind: 'welcome' })];
    case 'failed':
      return [show({ kind: 'welcome' }), say({ title: 'The camera did not start', text: problem.message })];
    default:
      return problem satisfies never;
  }
}

/** What was shown before goes on: only a word is needed, and none if a person closed the picker. */
export function afterNoScreen(error: unknown): LensEvent[] {
  const kind = error instanceof SourceError ? error.problem.kind : undefined;
  if (kind === 'cancelled') return [];
  const text =
    kind === 'denied'
      ? 'The system does not let this browser record the screen. Allow it in the system settings.'
      : 'The browser could not share a screen or window.';
  return [say({ title: 'Nothing was shared', text })];
}

/** What the page shows after the source ended by itself. */
export function afterEnd(source: LiveKind): LensEvent[] {
  switch (source) {
    case 'camera':
      return [show({ kind: 'no-camera', reason: 'unplugged' })];
    case 'screen':
      return [show({ kind: 'stopped', source })];
    case 'video':
      return [
        show({ kind: 'stopped', source }),
        say({ title: 'The video stopped', text: 'The rest of the file could not be read.' }),
      ];
    default:
      return source satisfies never;
  }
}

/** A file that the browser cannot show changes nothing else. */
export function afterUndecodable({ name, type }: File): LensEvent {
  const isVideo = type.startsWith('video/');
  if (!isVideo && type !== '' && !type.startsWith('image/')) {
    return say({ title: 'Not a picture or a video', text: `“${name}” is neither. Try a JPEG, PNG or MP4.` });
  }
  return isVideo
    ? say({
        title: 'This video cannot be played',
        text: 'The browser does not know its format. MP4 (H.264) and WebM play nearly everywhere.',
      })
    : say({
        title: 'This picture cannot be opened',
        text: 'The file is damaged or the browser does not know its format. JPEG and PNG always work.',
      });
}
