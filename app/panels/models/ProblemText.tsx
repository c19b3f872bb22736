import type { Problem } from '../../models/problem.ts';
import { English } from '../../ui/words/English.tsx';
import { useWords } from '../../ui/words/useWords.ts';

/** Why something about models did not work. */
export function ProblemText({ problem }: { problem: Problem }) {
  const { errors } = useWords();
  return <English text={problem.text} sentence={problem.sentence} meaning={errors.meaning(problem.code)} />;
}
