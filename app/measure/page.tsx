import type { Metadata } from 'next';
import { DELIVERED } from '../ui/words/words.ts';
import { MeasurePage } from './MeasurePage.tsx';

export const metadata: Metadata = { title: `${DELIVERED.words.measure.title} – Livelens` };

export default function Page() {
  return <MeasurePage />;
}
