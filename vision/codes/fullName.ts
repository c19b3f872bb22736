/** Chinese, Japanese and Korean names have the family's name first, without a space. */
const EAST_ASIAN = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+$/u;

/** A person's name as it is read. */
export const fullName = (family: string, given: string): string =>
  EAST_ASIAN.test(family + given) ? family + given : `${given} ${family}`.trim();
