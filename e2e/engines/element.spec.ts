import { readFile } from 'node:fs/promises';
import { elementPage, openSite, type SiteFiles } from '../harness/openSite.ts';
import { ENGINES, scriptOf, whySkipped } from './engine.ts';
import { beCamera, noteProblems, problemsOf } from './inPage.ts';
import { expect, PATIENTLY, test } from './test.ts';

for (const engine of ENGINES) {
  test.describe(engine, () => {
    const why = whySkipped(engine, process.env);
    test.skip(why !== undefined, why);

    test('<live-lens> on another site with a strict policy: it names the cat, and lets go of the camera', async ({
      engines,
      serve,
      cats,
    }) => {
      // What WebKit opens first; see `openWindow`.
      const files: SiteFiles = { '/healthz': { type: 'text/plain', body: 'alive' } };
      const site = await openSite(files);
      const server = await serve({ env: { ALLOWED_ORIGINS: site.origin } });
      files['/'] = elementPage(await readFile('examples/element.html', 'utf8'), server.url);
      const before = [scriptOf(noteProblems, undefined), scriptOf(beCamera, cats)].join('\n');
      const page = await (await engines.get(engine)).open(`${site.origin}/`, { before });
      const seen = () => expect.poll(() => page.evaluate(seeElement), PATIENTLY);

      await seen().toMatchObject({ button: 'Start the camera', hasCamera: false });
      await page.evaluate(pressShown);
      await seen().toMatchObject({ button: 'Stop', hasCamera: true, spoken: 'cat', isBoxInside: true });
      await seen().toMatchObject({ names: ['cat'] });

      await page.evaluate(pressShown);
      await seen().toMatchObject({ button: 'Start the camera', hasCamera: false, names: [] });
      // The browser asks for an icon on its own; the policy of this site has none.
      const problems = await page.evaluate(problemsOf);
      expect(problems.filter((problem) => !problem.includes('/favicon.ico'))).toEqual([]);
      await page.close();
      site.close();
    });
  });
}

/** Presses the button that `<live-lens>` shows; the drivers find none in a shadow tree. In the page: self-contained. @returns whether there was one */
function pressShown(): boolean {
  const buttons = document.querySelector('live-lens')?.shadowRoot?.querySelectorAll('button') ?? [];
  const shown = [...buttons].find((button) => button.offsetParent !== null);
  shown?.click();
  return shown !== undefined;
}

/** What `<live-lens>` shows. In the page: self-contained. */
function seeElement() {
  const element = document.querySelector('live-lens');
  const root = element?.shadowRoot;
  const outer = element?.getBoundingClientRect();
  const box = root?.querySelector('[part="box"]')?.getBoundingClientRect();
  const buttons = [...(root?.querySelectorAll('button') ?? [])];
  return {
    button: buttons.find((one) => one.offsetParent !== null)?.textContent,
    hasCamera: root?.querySelector('video')?.srcObject instanceof MediaStream,
    names: [...(root?.querySelectorAll('[part="name"]') ?? [])].map((name) =>
      name.textContent?.replace(/\W.*/, ''),
    ),
    isBoxInside:
      outer !== undefined && box !== undefined && box.left >= outer.left - 5 && box.right <= outer.right + 5,
    spoken: root?.querySelector('[aria-live]')?.textContent,
  };
}
