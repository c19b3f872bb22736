/**
 * Arguments of node for a child that runs from the sources, as in development and in tests: TypeScript, and the modules
 * that this process was started with (`--import`).
 */
export function sourceArguments(execArgv: readonly string[] = process.execArgv): string[] {
  const imported = execArgv.flatMap((argument, at) =>
    argument === '--import' ? (execArgv[at + 1] ?? []) : [],
  );
  const others = imported.filter((name) => !/\btsx\b/.test(name));
  return ['tsx', ...others].flatMap((name) => ['--import', name]);
}
