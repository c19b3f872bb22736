'use client';
import encodeQR from 'qr';
import { useMemo } from 'react';
import styles from './QrCode.module.css';

/** The quiet zone that the standard wants (ISO/IEC 18004, 5.3.8). */
const QUIET_MODULES = 4;

/** A QR code as large as its place. @param label says what it leads to */
export function QrCode({ text, label }: { text: string; label: string }) {
  // Once for a text: the wall around it is rendered again with each key and each new size.
  const { side, dark } = useMemo(() => drawCode(text), [text]);
  return (
    <svg
      className={styles.root}
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={`M0 0h${side}v${side}h-${side}z`} fill="#fff" />
      <path d={dark} fill="#000" />
    </svg>
  );
}

/** The path of its dark modules, and its side in modules. */
function drawCode(text: string): { side: number; dark: string } {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_MODULES });
  const dark = rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return { side: rows.length, dark };
}
