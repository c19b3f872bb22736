import type { WifiNetwork } from '../../vision/codes/wifi.ts';
import type { Gs1Field } from './gs1.ts';
import type { LinkTarget } from './linkTarget.ts';

/** What was read: a line of text, or a code with its symbology; `bytes` in base64 where a code holds no text. */
export interface Content {
  readonly text: string;
  readonly format?: string | undefined;
  readonly bytes?: string | undefined;
}

/** A file that a person can save. */
export interface ActionFile {
  readonly name: string;
  readonly type: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

interface AddressAction<Kind> {
  readonly kind: Kind;
  /** A `tel:`, `sms:`, `mailto:` or `geo:` address. */
  readonly href: string;
  /** What it is about, as it was read. */
  readonly shown: string;
}

/** Something that a person can do with what was read. Nothing happens before they do. */
export type Action =
  /** Leaves for another site: its host is shown before. */
  | { readonly kind: 'open'; readonly target: LinkTarget }
  | AddressAction<'call'>
  | AddressAction<'message'>
  | AddressAction<'mail'>
  | AddressAction<'place'>
  | { readonly kind: 'wifi'; readonly network: WifiNetwork }
  | { readonly kind: 'contact'; readonly name: string; readonly file: ActionFile }
  | {
      readonly kind: 'event';
      readonly name: string;
      readonly startsAt: Date;
      readonly isAllDay: boolean;
      readonly file: ActionFile;
    }
  | { readonly kind: 'fields'; readonly fields: readonly Gs1Field[] }
  /** Searches the web for it, on a site that is named before. */
  | {
      readonly kind: 'search';
      readonly query: string;
      readonly about: 'product' | 'book';
      readonly target: LinkTarget;
    }
  | { readonly kind: 'save'; readonly file: ActionFile }
  | { readonly kind: 'copy'; readonly text: string };
