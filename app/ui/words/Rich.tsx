import { Fragment } from 'react';

/** A text of the catalogue with marks in it: `code` between backticks, and **bold** between two asterisks. */
export function Rich({ text }: { text: string }) {
  const parts = text.split(/(`[^`]*`|\*\*.*?\*\*)/);
  return parts.map((part, index) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other name
    if (part.startsWith('`') && part.length > 1) return <code key={index}>{part.slice(1, -1)}</code>;
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    if (part.startsWith('**') && part.length > 3) return <b key={index}>{part.slice(2, -2)}</b>;
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    return <Fragment key={index}>{part}</Fragment>;
  });
}
