import { localEntries } from '../../browser/storage.ts';

/** The languages that the page speaks, by BCP 47 tag. */
export const LANGUAGES = ['en', 'zh-Hans'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each in itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', 'zh-Hans': '简体中文' };

const STORED = 'language';

export interface ChosenLanguage {
  readonly language: Language;
  /** For numbers and dates: the person's own variant of the language, such as `en-GB`, where the browser names one. */
  readonly locale: string;
}

/**
 * The language of a person's choice, else the first of the browser's that the page speaks. Traditional Chinese counts as
 * Simplified only where the browser names nothing else that the page speaks; what it does not speak is English.
 *
 * @param preferred as in `navigator.languages`, best first
 */
export function chooseLanguage(preferred: readonly string[], chosen: string | undefined): ChosenLanguage {
  const known = preferred.flatMap((tag) => understood(tag) ?? []);
  const wanted = LANGUAGES.find((one) => one === chosen);
  const language =
    wanted ?? known.find(({ isExact }) => isExact)?.language ?? known[0]?.language ?? LANGUAGES[0];
  const own = known.find((one) => one.isExact && one.language === language);
  return { language, locale: own?.tag ?? language };
}

function understood(tag: string): { tag: string; language: Language; isExact: boolean } | undefined {
  let locale: Intl.Locale;
  try {
    locale = new Intl.Locale(tag).maximize();
  } catch {
    return undefined; // a browser may be set to anything
  }
  if (locale.language === 'en') return { tag, language: 'en', isExact: true };
  if (locale.language === 'zh') return { tag, language: 'zh-Hans', isExact: locale.script === 'Hans' };
  return undefined;
}

/** What a person chose in the page on this device; undefined: nothing, or storage is blocked. */
export const readLanguage = (): string | undefined => localEntries.read(STORED);

/** Where storage is blocked or full the choice lasts as long as the page. */
export const rememberLanguage = (language: Language): void => localEntries.write(STORED, language);
