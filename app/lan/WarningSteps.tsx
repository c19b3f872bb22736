'use client';
import type { Words } from '../ui/words/en.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './WarningSteps.module.css';

/** The systems whose browsers warn in ways of their own. */
export type PhoneSystem = keyof Words['lan']['warning']['systems'];

/** Where on the screen a person taps, in units of the drawing. */
type Tap = { x: number; y: number; width: number };

const TAPS: Readonly<Record<PhoneSystem, readonly [Tap, Tap, Tap]>> = {
  ios: [
    { x: 50, y: 150, width: 76 },
    { x: 12, y: 158, width: 84 },
    { x: 24, y: 116, width: 90 },
  ],
  android: [
    { x: 12, y: 176, width: 68 },
    { x: 12, y: 182, width: 114 },
    { x: 24, y: 116, width: 90 },
  ],
};

/** How to get past the browser's warning, in three pictures: a person sees that warning before any page of ours. */
export function WarningSteps({ system }: { system: PhoneSystem }) {
  const { warning } = useWords().lan;
  const { name, steps } = warning.systems[system];
  return (
    <section className={styles.root} aria-label={name}>
      <h3>{name}</h3>
      <ol className={styles.steps}>
        {steps.map(({ tap, text }, index) => (
          <li key={text}>
            <Picture tap={TAPS[system][index] ?? TAPS[system][0]} label={tap} step={index} />
            <p>{text}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A phone that shows the warning, and what to tap on it. The words next to it say the same. */
function Picture({ tap, label, step }: { tap: Tap; label: string; step: number }) {
  const isDialog = step === 2;
  return (
    <svg viewBox="0 0 138 240" aria-hidden="true" className={styles.picture}>
      <rect x="3" y="3" width="132" height="234" rx="20" fill="#14181c" stroke="#5a6369" strokeWidth="3" />
      <rect x="14" y="18" width="110" height="16" rx="8" fill="#2a3136" />
      <path
        d="M23 29v-4h6v4M24.5 25v-1.5a1.5 1.5 0 0 1 3 0V25"
        fill="none"
        stroke="#ffb84d"
        strokeWidth="1.5"
      />
      <rect x="36" y="24" width="60" height="4" rx="2" fill="#5a6369" />
      <g opacity={isDialog ? 0.35 : 1}>
        <path d="M69 52l16 28H53z" fill="none" stroke="#ffb84d" strokeWidth="3.5" strokeLinejoin="round" />
        <path d="M69 62v8M69 74.5v.5" stroke="#ffb84d" strokeWidth="3.5" strokeLinecap="round" />
        {[96, 106, 116, ...(step === 1 ? [126, 136, 146] : [])].map((y, line) => (
          <rect key={y} x="14" y={y} width={[110, 104, 82][line % 3]} height="4" rx="2" fill="#4a5358" />
        ))}
      </g>
      {isDialog && (
        <>
          <rect x="16" y="76" width="106" height="86" rx="12" fill="#2a3136" />
          <rect x="28" y="90" width="82" height="4" rx="2" fill="#8b9599" />
          <rect x="28" y="100" width="64" height="4" rx="2" fill="#8b9599" />
        </>
      )}
      <foreignObject x={tap.x} y={tap.y} width={tap.width} height="38">
        <span className={styles.tap}>{label}</span>
      </foreignObject>
      <circle
        cx={tap.x + tap.width - 6}
        cy={tap.y + 34}
        r="9"
        fill="#d7ff5f"
        fillOpacity="0.35"
        stroke="#d7ff5f"
        strokeWidth="2"
      />
    </svg>
  );
}
