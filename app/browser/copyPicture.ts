/**
 * Puts a picture into the clipboard, and a text for what takes only that.
 * @param png asked for within the press of a button; Safari takes a promise alone then
 * @returns what is in the clipboard now
 */
export async function copyPicture(png: Promise<Blob>, text?: string): Promise<'picture' | 'text' | 'none'> {
  // Not there in all browsers, nor on an insecure address, whatever the types say.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  const { ClipboardItem: Item } = window as { ClipboardItem?: typeof ClipboardItem };
  try {
    if (clipboard === undefined || Item === undefined) throw new Error('There is no clipboard for pictures.');
    const plain = text === undefined ? {} : { 'text/plain': new Blob([text], { type: 'text/plain' }) };
    await clipboard.write([new Item({ 'image/png': png, ...plain })]);
    return 'picture';
  } catch {
    if (text === undefined || clipboard === undefined) return 'none';
    return clipboard.writeText(text).then(
      () => 'text' as const,
      () => 'none' as const,
    );
  }
}
