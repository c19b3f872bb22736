/**
 * The language to read a text aloud in, as far as its script tells: Chinese where it has Chinese characters; else the
 * page's language, or English where that is Chinese.
 * @param pageLanguage a BCP 47 tag
 */
export function spokenLanguage(text: string, pageLanguage: string): string {
  if (/\p{Script=Han}/u.test(text)) return pageLanguage.startsWith('zh') ? pageLanguage : 'zh-CN';
  return pageLanguage.startsWith('zh') ? 'en' : pageLanguage;
}
