const PREFIX = 'livelens.';

/** What the page remembers for the next visit, on this device only. */
export interface Preferences {
  minScore: number | undefined;
  cameraId: string | undefined;
}

export function readPreferences(): Preferences {
  const minScore = Number(read('minScore') ?? Number.NaN);
  return {
    minScore: minScore >= 0 && minScore <= 1 ? minScore : undefined,
    cameraId: read('cameraId'),
  };
}

export function rememberPreference<Name extends keyof Preferences>(
  name: Name,
  value: Preferences[Name],
): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, String(value));
  } catch {
    // Storage may be blocked or full; then the choice lasts as long as the page.
  }
}

/** A person's choice to mirror a camera or not, by camera; undefined: as the camera faces. */
export function readMirrored(cameraId: string | undefined): boolean | undefined {
  const value = read(`mirrored.${cameraId}`);
  return value === undefined ? undefined : value === 'true';
}

export function rememberMirrored(cameraId: string | undefined, mirrored: boolean): void {
  try {
    localStorage.setItem(`${PREFIX}mirrored.${cameraId}`, String(mirrored));
  } catch {
    // As above.
  }
}

function read(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}
