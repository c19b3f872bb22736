import type { JudgedPicture } from '../../../protocol/score.ts';
import { taskOf } from '../../../vision/tasks/taskOf.ts';
import { ImportError } from '../importError.ts';
import type { ClassFolder } from './classFolders.ts';
import { type Judge, type JudgedVersion, someOf, worstOf } from './judge.ts';

/** A model with fewer names is right among its best five most often by chance. */
const TOP = 5;

/**
 * Names of whole pictures, each in the folder of its class: top-1 and top-5.
 * @param lines of the labels file that the folders mean, by their names; one of them is as right as another
 * @throws ImportError `unknown_source` where no folder is called as a label
 */
export function judgeNames(
  { manifest, labels }: JudgedVersion,
  folders: readonly ClassFolder[],
  lines: ReadonlyMap<string, readonly number[]>,
  { worst }: { worst: number },
): Judge {
  const task = taskOf(manifest.task);
  const hasTop5 = labels.length > TOP;
  const classOf = new Map<string, ClassCount>();
  const classes: ClassCount[] = [];
  for (const { name, pictures } of folders) {
    const right = new Set((lines.get(name) ?? []).map((line) => labels[line] ?? ''));
    if (right.size === 0) continue;
    const one = { name, right, count: 0, top1: 0, top5: 0 };
    classes.push(one);
    for (const picture of pictures) classOf.set(picture.name, one);
  }
  const unknown = folders.map(({ name }) => name).filter((name) => !classes.some((one) => one.name === name));
  if (classes.length === 0) {
    throw new ImportError(
      'unknown_source',
      `No folder is called as a label of the model. Folders: ${someOf(unknown)}. Labels: ${someOf(labels)}. Name each folder after its label.`,
    );
  }
  const judged: JudgedPicture[] = [];
  return {
    pictures: folders.flatMap(({ pictures }) => pictures).filter(({ name }) => classOf.has(name)),
    see({ name }, answer) {
      const one = classOf.get(name);
      if (one === undefined) return undefined;
      const best = task.labelsOf(answer);
      const at = best.findIndex(({ label }) => one.right.has(label));
      one.count += 1;
      if (at === 0) one.top1 += 1;
      if (at >= 0 && at < TOP) one.top5 += 1;
      const [top] = best;
      if (at === 0 || top === undefined) return undefined;
      judged.push({
        picture: name,
        // By how much the wrong name is surer.
        faults: top.score - (best[at]?.score ?? 0),
        missed: [one.name],
        wrong: [{ label: top.label, score: top.score }],
      });
      return undefined;
    },
    result() {
      const sum = (key: 'count' | 'top1' | 'top5') => classes.reduce((all, one) => all + one[key], 0);
      const pictures = sum('count');
      if (pictures === 0) throw new ImportError('malformed_source', 'None of the pictures can be read.');
      return {
        score: {
          kind: 'names',
          pictures,
          classes: classes.length,
          top1: sum('top1') / pictures,
          ...(hasTop5 && { top5: sum('top5') / pictures }),
        },
        more: {},
        classes: classes
          .filter(({ count }) => count > 0)
          .map(({ name, count, top1 }) => ({ label: name, count, score: top1 / count })),
        worst: worstOf(judged, worst),
        notes:
          unknown.length === 0 ? [] : [`Folders that no label is called were left out: ${someOf(unknown)}.`],
      };
    },
  };
}

interface ClassCount {
  readonly name: string;
  /** Labels that are right. */
  readonly right: ReadonlySet<string>;
  count: number;
  top1: number;
  top5: number;
}
