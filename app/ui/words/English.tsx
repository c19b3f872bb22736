import { useSpeech } from './useWords.ts';

/**
 * A text that comes in English: from the server, a browser or a library. In another language `meaning` says what it comes
 * to, where that is known, and the text follows as it came, marked as English for screen readers.
 */
export function English({ text, meaning }: { text: string; meaning?: string | undefined }) {
  const { language } = useSpeech();
  if (language === 'en') return text;
  return (
    <>
      {meaning}
      {meaning && ' '}
      <span lang="en">{text}</span>
    </>
  );
}
