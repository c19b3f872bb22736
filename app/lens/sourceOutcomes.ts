import { messageOf } from '../../protocol/errors.ts';
import type { LiveKind } from '../capture/liveSource.ts';
import { SourceError, type SourceProblem } from '../capture/sourceProblem.ts';
import type { LensEvent, Notice, View } from './lensState.ts';
import { cameraUnavailableReason } from './support.ts';

const show = (view: View): LensEvent => ({ type: 'view', view });
const notice = (notice: Notice): LensEvent => ({ type: 'notice', notice });

/** What the page shows after the camera could not be opened. */
export function afterNoCamera(error: unknown): LensEvent[] {
  const problem: SourceProblem =
    error instanceof SourceError ? error.problem : { kind: 'failed', message: messageOf(error) };
  switch (problem.kind) {
    case 'denied':
      return [show({ kind: 'denied', bySystem: problem.bySystem })];
    case 'no-camera':
      return [show({ kind: 'no-camera', reason: 'none' })];
    case 'camera-busy':
      return [show({ kind: 'camera-busy' })];
    case 'withheld':
      return [show(cameraUnavailableReason() ?? { kind: 'no-camera', reason: 'withheld' })];
    case 'cancelled':
      return [show({ kind: 'welcome' })];
    case 'failed':
      return [
        show({ kind: 'welcome' }),
        notice(({ notices }) => ({
          title: notices.cameraFailed,
          text: '',
          english: { text: problem.message },
        })),
      ];
    default:
      return problem satisfies never;
  }
}

/** What was shown before goes on: only a word is needed, and none if a person closed the picker. */
export function afterNoScreen(error: unknown): LensEvent[] {
  const kind = error instanceof SourceError ? error.problem.kind : undefined;
  if (kind === 'cancelled') return [];
  return [
    notice(({ notices }) => ({
      title: notices.nothingShared,
      text: kind === 'denied' ? notices.screenDenied : notices.screenFailed,
    })),
  ];
}

/** What was shown before goes on. */
export const afterNoDemo = (): LensEvent[] => [
  notice(({ demo }) => ({ title: demo.failedTitle, text: demo.failedText })),
];

/** What was shown before goes on. */
export const afterNoFreeze = (): LensEvent => notice(({ freeze }) => freeze.failed);

export const afterFalsifiedDemo = (): LensEvent[] => [
  notice(({ demo }) => ({ title: demo.falsifiedTitle, text: demo.falsifiedText })),
];

/** What the page shows after the source ended. */
export function afterEnd(source: LiveKind): LensEvent[] {
  switch (source) {
    case 'camera':
      return [show({ kind: 'no-camera', reason: 'unplugged' })];
    case 'screen':
    case 'demo':
      return [show({ kind: 'stopped', source })];
    case 'video':
      return [
        show({ kind: 'stopped', source }),
        notice(({ notices }) => ({ title: notices.videoStopped, text: notices.videoUnreadable })),
      ];
    default:
      return source satisfies never;
  }
}

/** A file that the browser cannot show changes nothing else. */
export function afterUndecodable({ name, type }: File): LensEvent {
  const isVideo = type.startsWith('video/');
  if (!isVideo && type !== '' && !type.startsWith('image/')) {
    return notice(({ notices }) => ({ title: notices.noPicture, text: notices.noPictureText(name) }));
  }
  return notice(({ notices }) =>
    isVideo
      ? { title: notices.videoUnplayable, text: notices.videoUnplayableText }
      : { title: notices.pictureUnreadable, text: notices.pictureUnreadableText },
  );
}
