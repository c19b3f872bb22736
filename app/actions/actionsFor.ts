import { wifiOf } from '../../vision/codes/wifi.ts';
import type { Action, ActionFile, Content } from './action.ts';
import { contactOf } from './contact.ts';
import { dateIn, eventOf } from './event.ts';
import { gs1FieldsOf, isChecked } from './gs1.ts';
import { linksIn, linkTarget } from './linkTarget.ts';

/**
 * What a person can do with what was read, the most fitting first. Copying is the last of a code, and the first of a line of
 * text. Pure: nothing is opened, called or saved here.
 * @param searchUrl the page that searches the web for a text
 */
export function actionsFor(
  { text, format, bytes }: Content,
  searchUrl: (text: string) => string,
): readonly Action[] {
  if (bytes !== undefined)
    return [
      { kind: 'save', file: binaryFile(bytes) },
      { kind: 'copy', text: bytes },
    ];
  const copy: Action = { kind: 'copy', text };
  const whole = wholeContent(text, format, searchUrl);
  const others = whole ?? [...linkActions(text), ...addressActions(text), ...dateActions(text)];
  return format === undefined ? [copy, ...others] : [...others, copy];
}

/** Of a content that is one thing as a whole; undefined of running text. */
function wholeContent(
  text: string,
  format: string | undefined,
  searchUrl: (text: string) => string,
): Action[] | undefined {
  const network = wifiOf(text);
  if (network) return [{ kind: 'wifi', network }];
  const contact = contactOf(text);
  if (contact) return [{ kind: 'contact', ...contact }, ...addressActions(text), ...linkActions(text)];
  const event = eventOf(text);
  if (event) return [{ kind: 'event', ...event }];
  const action = schemeAction(text.trim());
  if (action) return [action];
  const product = productIn(text, format);
  if (product) return searchActions(product, searchUrl);
  const fields = format === undefined ? undefined : gs1FieldsOf(text);
  if (fields === undefined) return undefined;
  const gtin = fields.find(({ ai }) => ai === '01')?.value;
  const search =
    gtin === undefined ? [] : searchActions({ query: gtin.replace(/^0/, ''), about: 'product' }, searchUrl);
  return [{ kind: 'fields', fields }, ...search];
}

/** `mailto:`, `tel:`, `sms:`, `geo:` and their older relatives. */
function schemeAction(text: string): Action | undefined {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.+)$/is.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case 'mailto': {
      const shown = decoded(rest.split('?')[0] ?? '');
      return MAIL.test(shown) ? { kind: 'mail', href: `mailto:${rest}`, shown } : undefined;
    }
    case 'matmsg': {
      const to = /TO:([^;]+)/i.exec(rest)?.[1] ?? '';
      const part = (name: string) => new RegExp(`${name}:([^;]*)`, 'i').exec(rest)?.[1] ?? '';
      const query = new URLSearchParams({ subject: part('SUB'), body: part('BODY') })
        .toString()
        .replaceAll('+', '%20');
      return MAIL.test(to) ? { kind: 'mail', href: `mailto:${to}?${query}`, shown: to } : undefined;
    }
    case 'tel':
      return phoneAction('call', decoded(rest));
    case 'sms':
    case 'smsto': {
      const [number = '', body] = decoded(rest).split(/:|\?body=/);
      const action = phoneAction('message', number);
      if (action === undefined || body === undefined) return action;
      return { ...action, href: `${action.href}?body=${encodeURIComponent(body)}` };
    }
    case 'geo': {
      const place = /^(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)/.exec(rest);
      if (place === null) return undefined;
      const [, latitude = '', longitude = ''] = place;
      return { kind: 'place', href: `geo:${latitude},${longitude}`, shown: `${latitude}, ${longitude}` };
    }
    default:
      return undefined;
  }
}

function phoneAction(
  kind: 'call' | 'message',
  shown: string,
): Extract<Action, { kind: 'call' | 'message' }> | undefined {
  const number = shown.replaceAll(/[^\d+*#]/g, '');
  if (number.replaceAll(/\D/g, '').length < 3) return undefined;
  return {
    kind,
    href: `${kind === 'call' ? 'tel' : 'sms'}:${encodeURIComponent(number).replaceAll('%2B', '+')}`,
    shown: shown.trim(),
  };
}

const linkActions = (text: string): Action[] => linksIn(text).map((target) => ({ kind: 'open', target }));

const MAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/u;
/** With a + or a 0 in front, or in groups with signs between them: not every number is one of a phone. */
const PHONE = /(?<![\p{L}\d.,/-])(?:\+\d|\(?0\d)[\d\s()/.-]{5,18}\d(?![\p{L}\d])/gu;

/** Mail addresses and phone numbers in running text. */
function addressActions(text: string): Action[] {
  const rest = text.replaceAll(/https?:\/\/\S+/gi, ' ');
  const mails = [...new Set(rest.match(new RegExp(MAIL, 'gu')) ?? [])];
  const phones = [...new Set(rest.match(PHONE) ?? [])].filter(isPhone);
  return [
    ...mails.map((shown): Action => ({ kind: 'mail', href: `mailto:${shown}`, shown })),
    ...phones.flatMap((shown) => phoneAction('call', shown) ?? []),
  ];
}

/** A date has dots and eight digits, too. */
const isPhone = (text: string) => {
  const digits = text.replaceAll(/\D/g, '').length;
  return digits >= 7 && digits <= 15 && dateIn(text) === undefined;
};

function dateActions(text: string): Action[] {
  const event = dateIn(text);
  return event ? [{ kind: 'event', ...event }] : [];
}

const RETAIL = ['EAN13', 'EAN8', 'UPCA', 'UPCE', 'ISBN'];

type Product = Pick<Extract<Action, { kind: 'search' }>, 'query' | 'about'>;

/** The number of a product, from a code or printed as one. */
function productIn(text: string, format: string | undefined): Product | undefined {
  const isbn = /^(?:ISBN(?:-1[03])?:?\s*)?((?:97[89][- ]?)(?:\d[- ]?){9}\d)$/i.exec(
    text.split(' ')[0] === text ? text : text.replace(/ \d{2,5}$/, ''),
  );
  const book = isbn?.[1]?.replaceAll(/\D/g, '');
  if (book !== undefined && isChecked(book) && (format !== undefined || /isbn/i.test(text)))
    return { query: book, about: 'book' };
  if (format === undefined || !RETAIL.includes(format)) return undefined;
  const [number = ''] = text.split(' ');
  return /^\d+$/.test(number) ? { query: number, about: 'product' } : undefined;
}

function searchActions({ query, about }: Product, searchUrl: (text: string) => string): Action[] {
  const target = linkTarget(searchUrl(about === 'book' ? `ISBN ${query}` : query));
  return target ? [{ kind: 'search', query, about, target }] : [];
}

function binaryFile(bytes: string): ActionFile {
  const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
  return { name: 'code.bin', type: 'application/octet-stream', content };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
