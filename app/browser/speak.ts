/** Whether this browser can speak at all. */
export const canSpeak = (): boolean => 'speechSynthesis' in window;

/**
 * Speaks a text with a voice of this device, and nothing that was to be spoken before. Voices that send the text to a service
 * are not used where the browser says which those are.
 * @param lang a BCP 47 tag
 * @returns false: there is no such voice
 */
export function speak(text: string, lang: string): boolean {
  const { speechSynthesis } = window;
  const [language] = lang.split('-');
  const voices = speechSynthesis.getVoices();
  const mine = voices.filter(
    (voice) => voice.localService && voice.lang.toLowerCase().startsWith(`${language}`),
  );
  // The list is empty until the browser has loaded it; it then chooses by the language.
  if (voices.length > 0 && mine.length === 0) return false;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = lang;
  utterance.voice = mine.find((voice) => voice.default) ?? mine[0] ?? null;
  speechSynthesis.cancel();
  speechSynthesis.speak(utterance);
  return true;
}
