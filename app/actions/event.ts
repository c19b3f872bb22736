import { vEventIn } from '../../vision/codes/vEvent.ts';
import type { ActionFile } from './action.ts';
import { fileName } from './contact.ts';

export interface CalendarEvent {
  readonly name: string;
  /** In this device's time zone where the event names none. */
  readonly startsAt: Date;
  readonly isAllDay: boolean;
  /** An iCalendar file. */
  readonly file: ActionFile;
}

/** The event of an iCalendar text, with or without the calendar around it. @returns undefined where there is none */
export function eventOf(text: string): CalendarEvent | undefined {
  const event = vEventIn(text);
  if (event === undefined) return undefined;
  const { name, lines } = event;
  const line = (field: string) => lines.find((each) => new RegExp(`^${field}[;:]`, 'i').test(each));
  const start = /:(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?\s*$/.exec(line('DTSTART') ?? '');
  if (start === null) return undefined;
  const [, year, month, day, hour, minute, , utc] = start;
  const numbers = [
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
  ] as const;
  const startsAt = utc === undefined ? new Date(...numbers) : new Date(Date.UTC(...numbers));
  const body = lines.filter((each) => !/^(BEGIN|END):VEVENT/i.test(each));
  return { name, startsAt, isAllDay: hour === undefined, file: calendarFile(name, body) };
}

/** Names of months as they stand on tickets and posters. */
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const GERMAN_MONTHS = ['jan', 'feb', 'mär', 'apr', 'mai', 'jun', 'jul', 'aug', 'sep', 'okt', 'nov', 'dez'];
const MONTH = '(jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\\p{L}*\\.?';

/** Ways to write a date of which only one reading is possible. 3/4/2026 is none: it is March or April. */
const DATES: readonly (readonly [
  pattern: RegExp,
  parts: (match: RegExpExecArray) => (number | undefined)[],
])[] = [
  [/(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)/u, (m) => [Number(m[1]), Number(m[2]), Number(m[3])]],
  [/(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日/u, (m) => [Number(m[1]), Number(m[2]), Number(m[3])]],
  [/(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)/u, (m) => [Number(m[3]), Number(m[2]), Number(m[1])]],
  [
    new RegExp(`(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+${MONTH}\\s+(\\d{4})`, 'iu'),
    (m) => [Number(m[3]), monthOf(m[2]), Number(m[1])],
  ],
  [
    new RegExp(`(?<!\\p{L})${MONTH}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})`, 'iu'),
    (m) => [Number(m[3]), monthOf(m[1]), Number(m[2])],
  ],
];
const TIME = /(?<![\d.:])([01]?\d|2[0-3])[:.]([0-5]\d)(?:\s*([ap])\.?m\.?)?(?![\d.:])/iu;
const HOUR_MS = 3_600_000;

/** A date in a text, at the time that stands with it. @returns undefined where there is none that can be read in one way only */
export function dateIn(text: string): CalendarEvent | undefined {
  for (const [pattern, parts] of DATES) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const [year = 0, month = 0, day = 0] = parts(match);
    if (year < 1900 || year > 2200) continue;
    const time = TIME.exec(text.replace(match[0], ' '));
    const [hour, minute] = time ? clock(time) : [0, 0];
    const startsAt = new Date(year, month - 1, day, hour, minute);
    // 31 February would be in March.
    if (startsAt.getMonth() !== month - 1 || startsAt.getDate() !== day) continue;
    const name = text.replaceAll(/\s+/g, ' ').trim().slice(0, 120);
    return {
      name,
      startsAt,
      isAllDay: time === null,
      file: calendarFile(name, linesOf(name, startsAt, time === null)),
    };
  }
  return undefined;
}

function linesOf(name: string, startsAt: Date, isAllDay: boolean): string[] {
  const summary = `SUMMARY:${name.replaceAll(/([\\;,])/g, '\\$1')}`;
  // Without a time zone: the time of the place, as it is printed.
  const local = (date: Date, withTime: boolean) => {
    const two = (value: number) => String(value).padStart(2, '0');
    const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
    return withTime ? `${day}T${two(date.getHours())}${two(date.getMinutes())}00` : day;
  };
  if (isAllDay) return [`DTSTART;VALUE=DATE:${local(startsAt, false)}`, summary];
  const endsAt = new Date(startsAt.getTime() + HOUR_MS);
  return [`DTSTART:${local(startsAt, true)}`, `DTEND:${local(endsAt, true)}`, summary];
}

function calendarFile(name: string, body: readonly string[]): ActionFile {
  const has = (field: string) => body.some((line) => new RegExp(`^${field}[;:]`, 'i').test(line));
  const stamp = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Livelens//EN',
    'BEGIN:VEVENT',
    ...(has('UID') ? [] : [`UID:${crypto.randomUUID()}`]),
    ...(has('DTSTAMP') ? [] : [`DTSTAMP:${stamp}`]),
    ...body,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return {
    name: `${fileName(name)}.ics`,
    type: 'text/calendar',
    content: `${lines.map(folded).join('\r\n')}\r\n`,
  };
}

/** Lines of a calendar have 75 bytes; 60 characters of most languages stay below with what follows in the next line. */
const folded = (line: string) =>
  [...line]
    .reduce<string[]>((parts, character) => {
      const last = parts.at(-1) ?? '';
      if (new TextEncoder().encode(last + character).length > 74) parts.push(character);
      else parts[Math.max(0, parts.length - 1)] = last + character;
      return parts;
    }, [])
    .join('\r\n ');

function monthOf(name = ''): number {
  const start = name.slice(0, 3).toLowerCase();
  return 1 + Math.max(MONTHS.indexOf(start), GERMAN_MONTHS.indexOf(start));
}

function clock([, hours = '', minutes = '', half]: RegExpExecArray): [number, number] {
  const hour = Number(hours);
  if (half === undefined) return [hour, Number(minutes)];
  return [(hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0), Number(minutes)];
}
