/** Set on the root element once the page is at work; `startCheck.ts` reads it. */
const STARTED = 'started';
const PROBLEM_ID = 'start-problem';

/** Says that the scripts of the page have started, and removes the message that they had not. */
export function hideStartProblem(): void {
  document.documentElement.dataset[STARTED] = '';
  document.getElementById(PROBLEM_ID)?.remove();
}

export const isStarted = (): boolean => document.documentElement.dataset[STARTED] !== undefined;

/** Shows why the page did not start. Nothing of the page's own styles may be there. */
export function showStartProblem(title: string, paragraphs: readonly string[]): void {
  if (document.getElementById(PROBLEM_ID)) return;
  const problem = document.createElement('div');
  problem.id = PROBLEM_ID;
  problem.setAttribute('role', 'alert');
  // The policy of the page allows no style attributes in its text, but scripts may set them.
  problem.style.cssText =
    'position:fixed;inset:0;z-index:9;overflow:auto;padding:2rem;background:#0a0b0d;color:#f5f6f1;' +
    'font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere';
  const heading = document.createElement('h1');
  heading.textContent = title;
  problem.append(heading);
  for (const text of paragraphs) {
    const paragraph = document.createElement('p');
    paragraph.textContent = text;
    problem.append(paragraph);
  }
  // Next to the body, which the page's scripts may still take over.
  document.documentElement.append(problem);
}
