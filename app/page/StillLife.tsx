import { useWords } from '../ui/words/useWords.ts';
import styles from './StillLife.module.css';

/** A plant, a cat and a cup on a table, found and named: what the page does, as a picture. */
export function StillLife() {
  const { about, seen, format } = useWords();
  return (
    <svg className={styles.root} viewBox="0 0 640 500" aria-hidden="true" focusable="false">
      <defs>
        <radialGradient id="still-light" cx="0.5" cy="0.45" r="0.55">
          <stop offset="0" stopColor="#3a444a" />
          <stop offset="0.6" stopColor="#1b2024" />
          <stop offset="1" stopColor="#0a0b0d" stopOpacity="0" />
        </radialGradient>
        <linearGradient id="still-body" x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stopColor="#59656b" />
          <stop offset="1" stopColor="#2a3136" />
        </linearGradient>
        <linearGradient id="still-cup" x1="0" y1="0" x2="1" y2="0.4">
          <stop offset="0" stopColor="#7f8b8d" />
          <stop offset="1" stopColor="#414b50" />
        </linearGradient>
        <linearGradient id="still-leaf" x1="0" y1="0" x2="0.6" y2="1">
          <stop offset="0" stopColor="#55645c" />
          <stop offset="1" stopColor="#29322e" />
        </linearGradient>
      </defs>
      <ellipse cx="320" cy="260" rx="320" ry="250" fill="url(#still-light)" />
      <ellipse cx="320" cy="432" rx="270" ry="22" fill="#000" opacity="0.4" />

      <g fill="url(#still-leaf)">
        <path d="M124 356C96 330 66 306 62 262c36 10 60 44 62 94z" />
        <path d="M124 356c28-26 58-50 62-94-36 10-60 44-62 94z" />
        <path d="M124 356c-26-44-28-94 0-150 28 56 26 106 0 150z" />
        <path d="M124 356c-40-6-62-22-76-44 38-6 68 10 76 44z" />
        <path d="M124 356c40-6 62-22 76-44-38-6-68 10-76 44z" />
      </g>
      <path d="M84 354h80l-11 70a10 10 0 0 1-10 8h-38a10 10 0 0 1-10-8z" fill="url(#still-cup)" />

      <g fill="url(#still-body)">
        <path d="M384 418c52 6 70-26 62-62-6-26-32-26-34-8-2 16 18 18 12 38-6 16-24 20-48 12z" />
        <path d="M324 232c58 0 92 74 88 142-2 36-22 58-52 58h-72c-30 0-50-22-52-58-4-68 30-142 88-142z" />
        <path d="M268 150c-2-18 2-32 8-38 12 4 24 14 32 24 10-2 22-2 32 0 8-10 20-20 32-24 6 6 10 20 8 38 8 12 12 26 12 40 0 40-32 64-68 64s-68-24-68-64c0-14 4-28 12-40z" />
      </g>
      <g fill="#0d1012">
        <ellipse cx="298" cy="188" rx="8" ry="10" />
        <ellipse cx="350" cy="188" rx="8" ry="10" />
        <path d="M317 208h14l-7 8z" />
      </g>
      <path d="M288 432v-40M360 432v-40" stroke="#1d2327" strokeWidth="4" strokeLinecap="round" />

      <path d="M560 366h12a22 22 0 0 1 0 44h-12" fill="none" stroke="#4c565b" strokeWidth="12" />
      <path d="M484 346h80v62a24 24 0 0 1-24 24h-32a24 24 0 0 1-24-24z" fill="url(#still-cup)" />
      <path
        d="M508 328c-8-12 8-18 0-32M534 328c-8-12 8-18 0-32"
        fill="none"
        stroke="#7b8689"
        strokeWidth="4"
        strokeLinecap="round"
        opacity="0.6"
      />

      <Found
        x={40}
        y={196}
        width={168}
        height={244}
        colour="#9dff8a"
        name={about.plant}
        score={format.percent(0.86)}
      />
      <Found
        x={224}
        y={100}
        width={234}
        height={340}
        colour="#ffd166"
        name={seen.label('cat')}
        score={format.percent(0.97)}
      />
      <Found
        x={474}
        y={286}
        width={128}
        height={154}
        colour="#6fe3ff"
        name={seen.label('cup')}
        score={format.percent(0.91)}
      />
    </svg>
  );
}

interface FoundProps {
  x: number;
  y: number;
  width: number;
  height: number;
  colour: string;
  name: string;
  score: string;
}

/** A box as the live overlay draws it. */
function Found({ x, y, width, height, colour, name, score }: FoundProps) {
  const right = x + width;
  const bottom = y + height;
  // A Chinese sign is as wide as it is high.
  const nameWidth = [...name].reduce((sum, sign) => sum + (sign > '\u2e80' ? 15.5 : 9.5), 0);
  const chipWidth = 60 + nameWidth;
  const corners = [
    `M${x} ${y + 24}v-14a10 10 0 0 1 10-10h14`,
    `M${right - 24} ${y}h14a10 10 0 0 1 10 10v14`,
    `M${right} ${bottom - 24}v14a10 10 0 0 1-10 10h-14`,
    `M${x + 24} ${bottom}h-14a10 10 0 0 1-10-10v-14`,
  ];
  return (
    <g className={styles.found}>
      <path d={corners.join('')} fill="none" stroke={colour} strokeWidth="4" strokeLinecap="round" />
      <rect x={x} y={y - 36} width={chipWidth} height="28" rx="9" fill={colour} />
      <text x={x + 11} y={y - 17} className={styles.name}>
        {name}
      </text>
      <text x={x + chipWidth - 11} y={y - 17} textAnchor="end" className={styles.score}>
        {score}
      </text>
    </g>
  );
}
