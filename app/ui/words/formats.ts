import { formatBytes } from '../../../vision/formatBytes.ts';

/** How numbers, dates and lists are written in one language, by `Intl`. */
export interface Formats {
  /** A BCP 47 tag, such as `en-GB`. */
  readonly locale: string;
  /** `1,000`; at most `maxDigits` digits after the point, 0 by default. */
  number(value: number, maxDigits?: number): string;
  /** `97%` of a share, 0..1. */
  percent(share: number): string;
  /** `13.6 MB` */
  bytes(bytes: number): string;
  /** `4 ms`, `18 ms`: one digit after the point below 10. */
  ms(ms: number): string;
  /** `840 ms`, `1.2 s` */
  duration(ms: number): string;
  /** `3.5M`: two digits of a large number. */
  compact(value: number): string;
  /** `28 Nov 2026, 16:05`; undefined where it is no date. */
  date(value: string | number): string | undefined;
  /** `Thursday 24 December 2026, 19:30`, in the time zone of this device. */
  day(date: Date, isAllDay: boolean): string;
  /** Chooses by the plural rules of the language: `one` where there is one, `other` else. */
  plural(count: number, forms: { readonly one: string; readonly other: string }): string;
}

export function createFormats(locale: string): Formats {
  const numbers = [0, 1, 2, 3].map(
    (maximumFractionDigits) => new Intl.NumberFormat(locale, { maximumFractionDigits }),
  );
  const percents = new Intl.NumberFormat(locale, { style: 'percent' });
  const compacts = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 2 });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
  const plurals = new Intl.PluralRules(locale);
  const number = (value: number, maxDigits = 0) => (numbers[maxDigits] ?? compacts).format(value);
  return {
    locale,
    number,
    percent: (share) => percents.format(share),
    bytes: (bytes) => formatBytes(bytes, number),
    ms: (ms) => `${number(ms, ms < 9.95 ? 1 : 0)} ms`,
    duration: (ms) => (ms < 999.5 ? `${number(ms)} ms` : `${number(ms / 1_000, 1)} s`),
    compact: (value) => (value < 10_000 ? number(value) : compacts.format(value)),
    date(value) {
      const date = new Date(value);
      return Number.isNaN(date.getTime()) ? undefined : dates.format(date);
    },
    day: (date, isAllDay) => (isAllDay ? days : moments).format(date),
    plural: (count, { one, other }) => (plurals.select(count) === 'one' ? one : other),
  };
}
