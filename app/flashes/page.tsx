import type { Metadata } from 'next';
import { FlashPage } from '../measure/FlashPage.tsx';
import { DELIVERED } from '../ui/words/words.ts';

/** Short, as a person looks for it in a list of windows to share. */
export const metadata: Metadata = { title: DELIVERED.words.measure.flashTitle };

export default function Page() {
  return <FlashPage />;
}
