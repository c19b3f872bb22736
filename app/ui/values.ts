/** A bound of one digit, such as `1e-5`: never less than what was found. */
export function difference(value: number): string {
  if (value === 0) return '0';
  // What floating point adds to a round number does not make it the next one.
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const digit = Math.ceil(value / 10 ** exponent - 1e-9);
  const [digits, power] = digit === 10 ? [1, exponent + 1] : [digit, exponent];
  return power >= -3 ? String(Number((digits * 10 ** power).toFixed(3))) : `${digits}e${power}`;
}

/** A version is a hash; its beginning tells two apart. */
export const shortVersion = (version: string): string => version.slice(0, 8);

/** Licences that models come with; undefined where none is stated. */
export const statedLicense = (license: string): string | undefined =>
  license === 'NOASSERTION' ? undefined : license;
