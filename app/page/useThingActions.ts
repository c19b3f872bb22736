'use client';
import { copyPicture } from '../browser/copyPicture.ts';
import { saveFile } from '../browser/saveFile.ts';
import { shareFile } from '../browser/shareFile.ts';
import { speak } from '../browser/speak.ts';
import { stillName } from '../capture/stillName.ts';
import type { Lens } from '../lens/lens.ts';
import { useSaid } from '../ui/useSaid.ts';
import type { Words } from '../ui/words/en.ts';
import { useWords } from '../ui/words/useWords.ts';

const PNG = 'image/png';

const COPIED = { picture: 'copied', text: 'nameCopied', none: 'notCopied' } as const;

/** What a person can do with the thing that is locked. */
export interface ThingActions {
  /** What became of the last one, in words; undefined: nothing to say. */
  readonly said: string | undefined;
  /** Nothing more of the last one. */
  hush(): void;
  speak(): void;
  /** Name and picture. */
  copy(): void;
  /** The picture alone. */
  copyPicture(): void;
  save(): void;
  share(): void;
}

/** @param name of the thing, in the page's language */
export function useThingActions(lens: Lens, name: string): ThingActions {
  const { thing } = useWords();
  const [said, say] = useSaid<keyof Words['thing']['said']>();
  const withFile = (use: (file: File) => void | Promise<void>) => {
    lens
      .cropThing()
      .then((png) => use(new File([png], stillName(new Date(), PNG), { type: PNG })))
      .catch(() => say('noPicture'));
  };
  return {
    said: said && thing.said[said],
    hush: () => say(undefined),
    speak() {
      if (!speak(name, document.documentElement.lang)) say('noVoice');
    },
    copy() {
      void copyPicture(lens.cropThing(), name).then((what) => say(COPIED[what]));
    },
    copyPicture() {
      void copyPicture(lens.cropThing()).then((what) =>
        say(what === 'picture' ? 'pictureCopied' : 'notCopied'),
      );
    },
    save: () => withFile(saveFile),
    share: () => withFile((file) => shareFile(file, name)),
  };
}
