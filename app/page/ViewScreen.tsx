'use client';
import type { ReactNode } from 'react';
import type { Lens } from '../lens/lens.ts';
import type { View } from '../lens/lensState.ts';
import type { PlaceMode } from '../recognizers/place.ts';
import { allowCameraHelp } from './allowCameraHelp.ts';
import { MessageScreen } from './MessageScreen.tsx';
import type { SourceChoice } from './useSources.tsx';
import { WelcomeScreen } from './WelcomeScreen.tsx';

export interface ViewScreenProps {
  lens: Lens | undefined;
  view: View;
  sources: readonly SourceChoice[];
  /** Shown where nothing else is going on. */
  installOffer: ReactNode;
  /** Where a person lets frames be analysed: what is said of pictures must be true there. */
  mode: PlaceMode;
}

/** The screen of a view that has no picture to show. */
export function ViewScreen({ lens, view, sources, installOffer, mode }: ViewScreenProps) {
  const tryAgain = { name: 'Try again', onClick: () => void lens?.startCamera() };
  const others = sources.filter((source) => source.id !== 'camera');
  switch (view.kind) {
    case 'welcome':
      return <WelcomeScreen lens={lens} sources={others} installOffer={installOffer} />;
    case 'asking':
      return (
        <MessageScreen
          icon="camera"
          title="Allow the camera"
          isPatient
          action={{ name: 'Cancel', isQuiet: true, onClick: () => lens?.stop() }}
        >
          <p>Your browser asks whether this page may use the camera. Choose Allow.</p>
          <p>{WHERE_PICTURES_GO[mode]}</p>
        </MessageScreen>
      );
    case 'denied':
      return (
        <MessageScreen
          icon="noCamera"
          title="The camera is blocked"
          isAlert
          action={tryAgain}
          sources={others}
        >
          {view.bySystem ? (
            <p>
              The system does not let this browser use the camera. Open the privacy settings of your device,
              allow the camera for this browser, and try again.
            </p>
          ) : (
            <p>{allowCameraHelp(navigator)}</p>
          )}
        </MessageScreen>
      );
    case 'no-camera':
      return <NoCamera reason={view.reason} tryAgain={tryAgain} sources={others} />;
    case 'camera-busy':
      return (
        <MessageScreen icon="busy" title="The camera is in use" isAlert action={tryAgain} sources={others}>
          <p>Another program or tab holds it: a video call, perhaps. Close that, then try again.</p>
        </MessageScreen>
      );
    case 'insecure':
      return <Insecure sources={others} />;
    case 'unsupported':
      return (
        <MessageScreen icon="shield" title="This browser is too old" isAlert>
          <p>Livelens runs in Chrome and Edge from 100, Safari from 15.4 and Firefox from 105.</p>
          <p>Missing here: {view.missing.join(', ')}.</p>
        </MessageScreen>
      );
    case 'stopped':
      return (
        <MessageScreen icon="off" title={STOPPED[view.source]} hasControls>
          <p>{NOTHING_GOES_ON[mode]} Press Start to go on.</p>
          {installOffer}
        </MessageScreen>
      );
    case 'live':
    case 'picture':
      return null;
    default:
      return view satisfies never;
  }
}

const WHERE_PICTURES_GO = {
  auto: 'Pictures stay on this device or go to this server only, and none is kept.',
  server: 'Pictures go to this server only, and none is kept.',
  device: 'Pictures stay on this device, and none is kept.',
} as const satisfies Record<PlaceMode, string>;

const NOTHING_GOES_ON = {
  auto: 'No pictures are sent to the server.',
  server: 'No pictures are sent to the server.',
  device: 'Nothing is being analysed.',
} as const satisfies Record<PlaceMode, string>;

const STOPPED = {
  camera: 'The camera is off',
  video: 'The video has stopped',
  screen: 'Sharing has ended',
} as const;

interface PartProps {
  tryAgain: { name: string; onClick(): void };
  sources: readonly SourceChoice[];
}

function NoCamera({
  reason,
  tryAgain,
  sources,
}: PartProps & { reason: Extract<View, { kind: 'no-camera' }>['reason'] }) {
  switch (reason) {
    case 'none':
      return (
        <MessageScreen icon="noCamera" title="No camera found" isAlert action={tryAgain} sources={sources}>
          <p>Connect one and it starts automatically. Or open something else:</p>
        </MessageScreen>
      );
    case 'unplugged':
      return (
        <MessageScreen icon="noCamera" title="The camera is gone" isAlert action={tryAgain} sources={sources}>
          <p>It was disconnected, or another app took it. Connect it again and it starts automatically.</p>
        </MessageScreen>
      );
    case 'withheld':
      return (
        <MessageScreen icon="noCamera" title="No camera in this browser" isAlert sources={sources}>
          <p>
            This browser gives pages no camera; those inside other apps often do not. Open the page in Safari,
            Chrome or Firefox. Or open something else:
          </p>
        </MessageScreen>
      );
    default:
      return reason satisfies never;
  }
}

function Insecure({ sources }: Pick<PartProps, 'sources'>) {
  const { port, host } = window.location;
  const address = `localhost${port ? `:${port}` : ''}`;
  return (
    <MessageScreen icon="shield" title="The camera needs a secure address" isAlert sources={sources}>
      <p>
        Browsers give the camera only to pages from <code>https://</code> or <code>localhost</code>. This one
        came from <code>http://{host}</code>.
      </p>
      <ul>
        <li>
          On the computer that runs the server, open <code>http://{address}</code>.
        </li>
        <li>From a phone or another computer, reach the server through an https address.</li>
      </ul>
      <p>Pictures and videos work here as well:</p>
    </MessageScreen>
  );
}
