import path from 'node:path';

/**
 * The test files that were named. A file runs whatever its kind is; of a folder those run that `isChosen`.
 * @param root of the repository
 * @param files all that there are, absolute
 * @param paths files and folders, from `root`; none: all
 * @throws Error where nothing is at one of `paths`, so that a mistyped name isn't taken for a test that passed
 */
export function testsAt(
  root: string,
  files: readonly string[],
  paths: readonly string[],
  isChosen: (file: string) => boolean,
): string[] {
  if (paths.length === 0) return files.filter(isChosen);
  const found = paths.map((each) => {
    // As on every system, a path may be written with either slash.
    const named = path.join(root, each.replaceAll('\\', '/'));
    const below = files.filter((file) => file === named || (isBelow(named, file) && isChosen(file)));
    if (below.length === 0)
      throw new Error(`No such tests are at ${each}. Give a file *.test.ts, or a folder with some.`);
    return below;
  });
  return [...new Set(found.flat())];
}

const isBelow = (folder: string, file: string) =>
  file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
