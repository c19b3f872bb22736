'use client';
import { useEffect, useId, useRef } from 'react';
import styles from './RangeSlider.module.css';

export interface RangeSliderProps {
  name: string;
  min: number;
  max: number;
  step: number;
  value: number;
  /** The value as it is shown, and as it is read aloud. */
  text: string;
  spoken: string;
  /** Shown while a pointer rests on it. */
  title?: string;
  onChange(value: number): void;
}

/** A value within a range, with its name and how it is now. */
export function RangeSlider({
  name,
  min,
  max,
  step,
  value,
  text,
  spoken,
  title,
  onChange,
}: RangeSliderProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // By script: the security policy allows no style attribute in the page as it is delivered.
    input.current?.style.setProperty('--share', String((value - min) / (max - min)));
  }, [value, min, max]);
  return (
    <div className={styles.root} title={title}>
      <label htmlFor={id}>{name}</label>
      <input
        ref={input}
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={spoken}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      {/* The slider says it itself: as a live region it would be heard twice. */}
      <output htmlFor={id} aria-live="off">
        {text}
      </output>
    </div>
  );
}
