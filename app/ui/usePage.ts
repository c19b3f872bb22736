'use client';
import { useEffect, useLayoutEffect } from 'react';
import { hideStartProblem } from '../browser/started.ts';
import { declareLanguage } from './words/declareLanguage.ts';
import { useSpeech } from './words/useWords.ts';
import { type Speech, speech } from './words/words.ts';

/** For the outermost component of a page: removes what was said of a start that failed, and in which language it is. */
export function usePage(): Speech {
  const current = useSpeech();
  const { language } = current;
  useEffect(hideStartProblem, []);
  useLayoutEffect(() => {
    // React takes the page over in English, as it was delivered.
    if (language === speech().language) declareLanguage(language);
  }, [language]);
  return current;
}
