'use client';
import { useEffect, useId, useRef } from 'react';
import styles from './ConfidenceSlider.module.css';
import { useWords } from './words/useWords.ts';

export interface ConfidenceSliderProps {
  /** Each 0..1. */
  floor: number;
  ceiling: number;
  value: number;
  onChange(value: number): void;
}

/** How sure the model must be before a label is shown. */
export function ConfidenceSlider({ floor, ceiling, value, onChange }: ConfidenceSliderProps) {
  const { controls, format } = useWords();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const percent = Math.round(value * 100);
  useEffect(() => {
    // By script: the security policy allows no style attribute in the page as it is delivered.
    input.current?.style.setProperty('--share', String((value - floor) / (ceiling - floor)));
  }, [value, floor, ceiling]);
  return (
    <div className={styles.root} title={controls.confidenceHold}>
      <label htmlFor={id}>{controls.confidence}</label>
      <input
        ref={input}
        id={id}
        type="range"
        min={Math.round(floor * 100)}
        max={Math.round(ceiling * 100)}
        step={1}
        value={percent}
        aria-valuetext={controls.confidenceValue(percent / 100)}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber / 100)}
      />
      <output htmlFor={id}>{format.percent(percent / 100)}</output>
    </div>
  );
}
