'use client';
import { type ReactNode, useCallback, useEffect, useRef } from 'react';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import { canShareScreen } from '../capture/liveSource.ts';
import type { Lens } from '../lens/lens.ts';
import type { IconName } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';

export interface SourceChoice {
  id: 'camera' | 'picture' | 'video' | 'screen' | 'demo';
  name: string;
  icon: IconName;
  choose(): void;
}

/**
 * The sources that a person can choose from on this device, and the file inputs that two of them need: `inputs`
 * belongs somewhere in the page.
 */
export function useSources(lens: Lens | undefined): { sources: SourceChoice[]; inputs: ReactNode } {
  const { sources: names } = useWords();
  const picture = useRef<HTMLInputElement>(null);
  const video = useRef<HTMLInputElement>(null);
  const hasScreen = useBrowserFact(canShareScreen, true);

  const open = useCallback(
    (input: HTMLInputElement | null) => {
      const [file] = input?.files ?? [];
      // Without a lens the file stays in the input, for the lens to find.
      if (input === null || file === undefined || lens === undefined) return;
      // So that choosing the same file again is a change again.
      input.value = '';
      void lens.openFile(file);
    },
    [lens],
  );
  // What was chosen before the page could act on it.
  useEffect(() => {
    open(picture.current);
    open(video.current);
  }, [open]);
  const sources: SourceChoice[] = [
    { id: 'camera', name: names.camera, icon: 'camera', choose: () => void lens?.startCamera() },
    { id: 'picture', name: names.picture, icon: 'picture', choose: () => picture.current?.click() },
    { id: 'video', name: names.video, icon: 'video', choose: () => video.current?.click() },
  ];
  if (hasScreen) {
    sources.push({
      id: 'screen',
      name: names.screen,
      icon: 'screen',
      choose: () => void lens?.startScreen(),
    });
  }
  sources.push({ id: 'demo', name: names.demo, icon: 'demo', choose: () => void lens?.startDemo() });
  const inputs = (
    <>
      <input
        ref={picture}
        type="file"
        accept="image/*"
        hidden
        data-testid="picture-input"
        onChange={(event) => open(event.currentTarget)}
      />
      <input
        ref={video}
        type="file"
        accept="video/*"
        hidden
        data-testid="video-input"
        onChange={(event) => open(event.currentTarget)}
      />
    </>
  );
  return { sources, inputs };
}
