'use client';
import { RangeSlider } from './RangeSlider.tsx';
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
  const percent = Math.round(value * 100);
  return (
    <RangeSlider
      name={controls.confidence}
      title={controls.confidenceHold}
      min={Math.round(floor * 100)}
      max={Math.round(ceiling * 100)}
      step={1}
      value={percent}
      text={format.percent(percent / 100)}
      spoken={controls.confidenceValue(percent / 100)}
      onChange={(to) => onChange(to / 100)}
    />
  );
}
