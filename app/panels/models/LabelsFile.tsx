'use client';
import { useRef } from 'react';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { useWords } from '../../ui/words/useWords.ts';

/** Takes the file that names a model's outputs. */
export function LabelsFile({ onFile }: { onFile(file: File): void }) {
  const { labelNames } = useWords();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <PanelButton onClick={() => input.current?.click()}>{labelNames.readFile}</PanelButton>
      <input
        ref={input}
        type="file"
        hidden
        accept=".txt,.json,.names,.labels,.csv,.tsv,.yaml,.yml,.pbtxt,text/plain,application/json"
        data-testid="labels-input"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = '';
          if (file) onFile(file);
        }}
      />
    </>
  );
}
