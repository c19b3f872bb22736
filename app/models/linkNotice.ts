import type { LinkNotice } from '../access/adminLinks.ts';
import type { Notice } from '../lens/lensState.ts';
import { problemOf } from './problem.ts';

/** What the page says after a link that gives the right to change models was opened. */
export function noticeOfLink(link: LinkNotice): Notice {
  if (link.kind === 'granted')
    return ({ notices }) => ({ title: notices.mayChange, text: notices.mayChangeText });
  const { code, text } = problemOf(link.error);
  return ({ notices, errors }) => ({
    title: notices.linkFailed,
    text: '',
    english: { text, meaning: errors.meaning(code) },
  });
}
