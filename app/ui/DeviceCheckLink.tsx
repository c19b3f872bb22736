'use client';
import { PageLink } from './PageLink.tsx';
import { useWords } from './words/useWords.ts';

/** Leads to the page that finds out what is wrong. */
export function DeviceCheckLink() {
  const { doctor } = useWords();
  return <PageLink page="doctor" name={doctor.title} icon="shield" />;
}
