const DATES = ['11', '12', '13', '15', '16', '17'];

/**
 * The date of a field like `17` (expires on): YYMMDD, the year within 50 years of today; day 00 is the last of the month.
 * @returns undefined of other fields, and of what is no date
 */
export function gs1Date(ai: string, value: string, today: Date): Date | undefined {
  if (!DATES.includes(ai)) return undefined;
  const [year = 0, month = 0, day = 0] = [0, 2, 4].map((at) => Number(value.slice(at, at + 2)));
  if (month < 1 || month > 12) return undefined;
  const century = today.getFullYear() - (today.getFullYear() % 100);
  const apart = year - (today.getFullYear() % 100);
  const fullYear = century + year + (apart > 50 ? -100 : apart < -49 ? 100 : 0);
  const date = day === 0 ? new Date(fullYear, month, 0) : new Date(fullYear, month - 1, day);
  return date.getMonth() === month - 1 ? date : undefined;
}
