import * as v from 'valibot';
import { localEntries, tabEntries } from '../browser/storage.ts';

const KEY = 'shown';
const NAME = 'shownName';

const Consent = v.object({ name: v.optional(v.string()), key: v.optional(v.string()) });
/** A person agreed that this camera is shown: its name, and the key by which it comes back as the same camera. */
export type Consent = v.InferOutput<typeof Consent>;

/** The consent that was given in this tab and not taken back; it survives a reload, and ends with the tab. */
export function readConsent(): Consent | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Consent), tabEntries.read(KEY));
  return parsed.success ? parsed.output : undefined;
}

/** @param consent undefined: it was taken back */
export function keepConsent(consent: Consent | undefined): void {
  tabEntries.write(KEY, consent && JSON.stringify(consent));
  if (consent?.name !== undefined) localEntries.write(NAME, consent.name);
}

/** What this camera was called last on a screen. */
export const lastName = (): string | undefined => localEntries.read(NAME);
