/**
 * The token in what a person typed or pasted: the token itself, or the whole link that carries it.
 */
export function typedToken(text: string): string {
  const trimmed = text.trim();
  const start = trimmed.indexOf('#');
  if (!/^https?:\/\//.test(trimmed) || start < 0) return trimmed;
  return new URLSearchParams(trimmed.slice(start + 1)).get('token') ?? trimmed;
}
