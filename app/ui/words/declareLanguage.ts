import type { Language } from './language.ts';

/** Hides the page while it is still in the language in which it is delivered, and not the person's; see globals.css. */
export const AWAITS_WORDS = 'data-awaits-words';

/** Says in the document in which language its words are, and shows it. */
export function declareLanguage(language: Language): void {
  const root = document.documentElement;
  root.lang = language;
  root.dir = 'ltr';
  root.removeAttribute(AWAITS_WORDS);
}
