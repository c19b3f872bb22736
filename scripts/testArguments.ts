const CHOICES = ['--unit', '--browser', '--slow', '--engines'] as const;
type Choice = (typeof CHOICES)[number];

/** Folders with tests of Node.js; those for a browser are in `e2e/` too, as `*.spec.ts`. */
export const TESTED_FOLDERS = [
  'protocol',
  'vision',
  'client',
  'server',
  'app',
  'examples',
  'docs',
  'scripts',
  'bench',
  'e2e',
] as const;

const BELOW_FOLDER = new RegExp(`^(\\.[\\\\/])?(${TESTED_FOLDERS.join('|')})([\\\\/]|$)`);
const BELOW_E2E = /^(\.[\\/])?e2e([\\/]|$)/;

/** Options of Playwright whose value may look like a path. */
const WITH_VALUE = ['--grep', '-g', '--grep-invert'];

/** Which tests run. */
interface TestSelection {
  quick: boolean;
  long: boolean;
  /** Files and folders of tests of Node.js that were named: only those run. Empty: all. */
  paths: readonly string[];
  browsers: 'none' | 'chromium' | 'engines';
  /** Files, `--grep` and other options of Playwright. */
  playwrightArgs: readonly string[];
}

/** Reads what follows `npm test --`. @throws Error for choices that exclude each other, or a file that was named */
export function readTestArguments(args: readonly string[]): TestSelection {
  // Playwright's help would come after all other tests have run.
  if (args.includes('--help')) throw new Error('scripts/test.ts begins with what "npm test" takes.');
  const given = CHOICES.filter((each) => args.includes(each));
  if (given.length > 1)
    throw new Error(`Give one of ${CHOICES.join(', ')}, or none to run all tests but those of --engines.`);
  const named = args.filter(
    (arg, index) => BELOW_FOLDER.test(arg) && !WITH_VALUE.includes(args[index - 1] ?? ''),
  );
  const specs = named.filter((arg) => BELOW_E2E.test(arg) && !/\.test\.tsx?$/.test(arg));
  const paths = named.filter((arg) => !specs.includes(arg));
  const choice = given[0] ?? choiceByFiles(specs, paths);
  const isNode = choice !== '--browser' && choice !== '--engines';
  if (!isNode && paths.length > 0)
    throw new Error(`${paths[0]} is no test for a browser: leave ${choice} out to run it.`);
  if (choice === '--unit' && specs.length > 0)
    throw new Error(`${specs[0]} is a test for a browser: leave --unit out to run it.`);
  // Who names files means those: all others, which take minutes, are not waited for.
  const wantsNode = isNode && (named.length === 0 || paths.length > 0);
  const wantsBrowser = choice !== '--unit' && (named.length === 0 || specs.length > 0);
  return {
    quick: wantsNode && choice !== '--slow',
    long: wantsNode && choice !== '--unit',
    paths,
    browsers: !wantsBrowser ? 'none' : choice === '--engines' ? 'engines' : 'chromium',
    playwrightArgs: args.filter((arg) => arg !== given[0] && !paths.includes(arg)),
  };
}

function choiceByFiles(specs: readonly string[], paths: readonly string[]): Choice | undefined {
  if (specs.length === 0 || paths.length > 0) return undefined;
  return specs.every((file) => /e2e[\\/]engines([\\/]|$)/.test(file)) ? '--engines' : '--browser';
}
