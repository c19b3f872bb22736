'use client';
import type { Problem } from '../../models/problem.ts';
import { Icon } from '../../ui/Icon.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { ProblemText } from '../models/ProblemText.tsx';
import styles from './ThingsProblem.module.css';

/** Why something about things did not work, and what to do. */
export function ThingsProblem({ problem }: { problem: Problem }) {
  return (
    <p role="alert" className={styles.root}>
      <Icon name="warning" size={20} />
      <span>
        <ThingsProblemText problem={problem} />
      </span>
    </p>
  );
}

export function ThingsProblemText({ problem }: { problem: Problem }) {
  const { problems } = useWords().things;
  const { code } = problem;
  if (Object.hasOwn(problems, code)) return problems[code as keyof typeof problems];
  return <ProblemText problem={problem} />;
}
