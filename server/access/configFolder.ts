import path from 'node:path';

/**
 * The folder in which this user's installation of Livelens keeps its secret: LIVELENS_CONFIG_DIR, else where programs
 * of this platform keep a user's settings.
 * @returns an absolute path; the folder need not exist
 */
export function configFolder(
  env: Readonly<Record<string, string | undefined>>,
  { platform, home }: { platform: NodeJS.Platform; home: string },
): string {
  const { LIVELENS_CONFIG_DIR, XDG_CONFIG_HOME, APPDATA } = env;
  if (LIVELENS_CONFIG_DIR) return path.resolve(LIVELENS_CONFIG_DIR);
  switch (platform) {
    case 'win32':
      return path.join(APPDATA || path.join(home, 'AppData', 'Roaming'), 'livelens');
    case 'darwin':
      return path.join(home, 'Library', 'Application Support', 'livelens');
    default: {
      // The XDG specification has relative paths ignored: https://specifications.freedesktop.org/basedir-spec/latest/
      const base = XDG_CONFIG_HOME && path.isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : undefined;
      return path.join(base ?? path.join(home, '.config'), 'livelens');
    }
  }
}
