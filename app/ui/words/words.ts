import { createStore } from '../../browser/store.ts';
import { en, type Words } from './en.ts';
import { createFormats } from './formats.ts';
import {
  type ChosenLanguage,
  chooseLanguage,
  type Language,
  readLanguage,
  rememberLanguage,
} from './language.ts';
import { zhHans } from './zhHans.ts';

/** One language's words, and which language that is. */
export interface Speech {
  readonly language: Language;
  readonly words: Words;
}

export const CATALOGUES = { en, 'zh-Hans': zhHans } as const satisfies Record<Language, typeof en>;

const speechOf = ({ language, locale }: ChosenLanguage): Speech => ({
  language,
  words: CATALOGUES[language](createFormats(locale)),
});

/** What the page is delivered in: the exported page is English, and becomes the person's language as it starts. */
export const DELIVERED: Speech = speechOf({ language: 'en', locale: 'en' });

/** What a person chose since the page was opened. */
const chosen = createStore((_: Speech | undefined, next: Speech) => next, undefined);
/** What the browser and the last visit give. */
let initial: Speech | undefined;

/** The current speech. In a browser it is the person's from the first call on. */
export function speech(): Speech {
  if (typeof document === 'undefined') return DELIVERED;
  const now = chosen.getState();
  if (now) return now;
  initial ??= speechOf(chooseLanguage(navigator.languages, readLanguage()));
  return initial;
}

/** The current words, for code outside React. State holds data, which is worded when it is shown. */
export const words = (): Words => speech().words;

/** Changes the language of the page, and remembers it. */
export function setLanguage(language: Language): void {
  rememberLanguage(language);
  chosen.dispatch(speechOf(chooseLanguage(navigator.languages, language)));
}

/** Returns the disposer. */
export const onLanguage = (listener: () => void): (() => void) => chosen.subscribe(listener);
