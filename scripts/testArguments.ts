const CHOICES = ['--unit', '--browser', '--slow', '--engines'] as const;
type Choice = (typeof CHOICES)[number];

/** Which tests run. */
interface TestSelection {
  quick: boolean;
  long: boolean;
  browsers: 'none' | 'chromium' | 'engines';
  /** Files, `--grep` and other options of Playwright. */
  playwrightArgs: readonly string[];
}

/** Reads what follows `npm test --`. @throws Error for choices that exclude each other */
export function readTestArguments(args: readonly string[]): TestSelection {
  // Playwright's help would come after all other tests have run.
  if (args.includes('--help')) throw new Error('scripts/test.ts begins with what "npm test" takes.');
  const given = CHOICES.filter((each) => args.includes(each));
  if (given.length > 1)
    throw new Error(`Give one of ${CHOICES.join(', ')}, or none to run all tests but those of --engines.`);
  const choice = given[0] ?? choiceByFiles(args);
  return {
    quick: choice === undefined || choice === '--unit',
    long: choice === undefined || choice === '--slow',
    browsers: choice === '--unit' ? 'none' : choice === '--engines' ? 'engines' : 'chromium',
    playwrightArgs: args.filter((arg) => arg !== given[0]),
  };
}

/** Who names a file of `e2e/` means that one: the tests of Node.js, which take minutes, are not waited for. */
function choiceByFiles(args: readonly string[]): Choice | undefined {
  const files = args.filter((arg) => /^(\.[\\/])?e2e[\\/]/.test(arg));
  if (files.length === 0) return undefined;
  return files.every((file) => /e2e[\\/]engines[\\/]/.test(file)) ? '--engines' : '--browser';
}
