'use client';
import type { ReactNode } from 'react';
import type { Lens } from '../lens/lens.ts';
import type { View } from '../lens/lensState.ts';
import type { BackendMode } from '../recognizers/backend.ts';
import { Rich } from '../ui/words/Rich.tsx';
import { useWords } from '../ui/words/useWords.ts';
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
  mode: BackendMode;
}

/** The screen of a view that has no picture to show. */
export function ViewScreen({ lens, view, sources, installOffer, mode }: ViewScreenProps) {
  const { camera, common, pictures, stopped, nothingGoesOn, unsupported, allowCamera } = useWords();
  const tryAgain = { name: common.tryAgain, onClick: () => void lens?.startCamera() };
  const others = sources.filter((source) => source.id !== 'camera');
  switch (view.kind) {
    case 'welcome':
      return <WelcomeScreen lens={lens} sources={others} installOffer={installOffer} />;
    case 'asking':
      return (
        <MessageScreen
          icon="camera"
          title={camera.askTitle}
          isPatient
          action={{ name: common.cancel, isQuiet: true, onClick: () => lens?.stop() }}
        >
          <p>{camera.askText}</p>
          <p>{pictures[mode]}</p>
        </MessageScreen>
      );
    case 'denied':
      return (
        <MessageScreen icon="noCamera" title={camera.deniedTitle} isAlert action={tryAgain} sources={others}>
          <p>{view.bySystem ? camera.deniedBySystem : allowCamera[allowCameraHelp(navigator)]}</p>
        </MessageScreen>
      );
    case 'no-camera':
      return <NoCamera reason={view.reason} tryAgain={tryAgain} sources={others} />;
    case 'camera-busy':
      return (
        <MessageScreen icon="busy" title={camera.busyTitle} isAlert action={tryAgain} sources={others}>
          <p>{camera.busyText}</p>
        </MessageScreen>
      );
    case 'insecure':
      return <Insecure sources={others} />;
    case 'unsupported':
      return (
        <MessageScreen icon="shield" title={unsupported.title} isAlert>
          <p>{unsupported.text}</p>
          <p>{unsupported.missing(view.missing)}</p>
        </MessageScreen>
      );
    case 'stopped':
      return (
        <MessageScreen icon="off" title={stopped[view.source]} hasControls>
          <p>
            {nothingGoesOn[mode]} {stopped.goOn}
          </p>
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

interface PartProps {
  tryAgain: { name: string; onClick(): void };
  sources: readonly SourceChoice[];
}

function NoCamera({
  reason,
  tryAgain,
  sources,
}: PartProps & { reason: Extract<View, { kind: 'no-camera' }>['reason'] }) {
  const { camera } = useWords();
  switch (reason) {
    case 'none':
      return (
        <MessageScreen icon="noCamera" title={camera.noneTitle} isAlert action={tryAgain} sources={sources}>
          <p>{camera.noneText}</p>
        </MessageScreen>
      );
    case 'unplugged':
      return (
        <MessageScreen
          icon="noCamera"
          title={camera.unpluggedTitle}
          isAlert
          action={tryAgain}
          sources={sources}
        >
          <p>{camera.unpluggedText}</p>
        </MessageScreen>
      );
    case 'withheld':
      return (
        <MessageScreen icon="noCamera" title={camera.withheldTitle} isAlert sources={sources}>
          <p>{camera.withheldText}</p>
        </MessageScreen>
      );
    default:
      return reason satisfies never;
  }
}

function Insecure({ sources }: Pick<PartProps, 'sources'>) {
  const { camera } = useWords();
  const { port, host } = window.location;
  const address = `localhost${port ? `:${port}` : ''}`;
  return (
    <MessageScreen icon="shield" title={camera.insecureTitle} isAlert sources={sources}>
      <p>
        <Rich text={camera.insecureText(host)} />
      </p>
      <ul>
        <li>
          <Rich text={camera.insecureHere(address)} />
        </li>
        <li>{camera.insecureElsewhere}</li>
      </ul>
      <p>{camera.insecureFiles}</p>
    </MessageScreen>
  );
}
