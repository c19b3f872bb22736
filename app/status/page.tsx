import type { Metadata } from 'next';
import { DELIVERED } from '../ui/words/words.ts';
import { StatusPage } from './StatusPage.tsx';

export const metadata: Metadata = { title: `${DELIVERED.words.status.title} – Livelens` };

export default function Page() {
  return <StatusPage />;
}
