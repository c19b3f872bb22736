/** A field of a GS1 element string. */
export interface Gs1Field {
  /** The application identifier, such as `01`. */
  readonly ai: string;
  readonly value: string;
}

/** Between fields whose length is open. */
const GS = '\u001d';

/** How long a value is, by application identifier; `n` digits, `x` any. After the General Specifications of GS1. */
const IDENTIFIERS: readonly (readonly [ai: RegExp, value: RegExp])[] = [
  [/^00/, /^\d{18}/],
  [/^0[123]/, /^\d{14}/],
  [/^1[1235-7]/, /^\d{6}/],
  [/^20/, /^\d{2}/],
  [/^10|^21|^22/, /^[!-z]{1,20}/],
  [/^235/, /^[!-z]{1,28}/],
  [/^24[0123]/, /^[!-z]{1,30}/],
  [/^25[0134]/, /^[!-z]{1,30}/],
  [/^255/, /^\d{13,25}/],
  [/^30|^37/, /^\d{1,8}/],
  [/^3[1-6]\d\d/, /^\d{6}/],
  [/^39[0-4]\d/, /^\d{1,18}/],
  [/^40[0123]/, /^[!-z]{1,30}/],
  [/^41\d/, /^\d{13}/],
  [/^42[0-7]/, /^[!-z]{1,20}/],
  [/^700[1-9]|^701\d|^70[2-4]\d|^71\d/, /^[!-z]{1,30}/],
  [/^80\d\d|^81\d\d/, /^[!-z]{1,70}/],
  [/^9[0-9]/, /^[!-z]{1,90}/],
];

/**
 * The fields of an element string, as scanners give it: without brackets, with GS behind a value of open length. What only
 * looks like one is none: it must be used up to its end, and a trade item or a logistic unit must have its check digit.
 * @returns undefined where it is none
 */
export function gs1FieldsOf(text: string): Gs1Field[] | undefined {
  const fields: Gs1Field[] = [];
  let rest = text.replace(new RegExp(`^${GS}`), '');
  while (rest !== '') {
    const field = firstField(rest);
    if (field === undefined) return undefined;
    fields.push(field);
    rest = rest.slice(field.ai.length + field.value.length).replace(new RegExp(`^${GS}`), '');
  }
  const isSure = text.includes(GS) || fields.some(({ ai }) => ai === '00' || ai === '01' || ai === '02');
  return isSure && fields.every(hasCheckDigit) ? fields : undefined;
}

function firstField(text: string): Gs1Field | undefined {
  for (const [identifier, pattern] of IDENTIFIERS) {
    const ai = identifier.exec(text)?.[0];
    const value = ai === undefined ? undefined : pattern.exec(text.slice(ai.length))?.[0];
    if (ai !== undefined && value !== undefined) return { ai, value };
  }
  return undefined;
}

const hasCheckDigit = ({ ai, value }: Gs1Field) => !/^0[0-3]$/.test(ai) || isChecked(value);

/** Whether the last digit is the check digit of those before it: of EAN, UPC, GTIN and SSCC. */
export function isChecked(digits: string): boolean {
  if (!/^\d+$/.test(digits)) return false;
  const sum = [...digits]
    .reverse()
    .reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}
