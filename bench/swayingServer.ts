import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startBuiltServer } from './builtServer.ts';
import type { Drawn } from './drawn.ts';
import { type LivePage, openPage } from './page.ts';

/** What must be on the page before it is measured. */
const SHOWN: Readonly<Record<Drawn, string | undefined>> = {
  nothing: undefined,
  boxes: 'label-box',
  outlines: 'label-outline',
  skeletons: 'skeleton',
};

/** A built server whose model, without weights, finds three people who sway, or no one, so that the cores are there for the page. */
export async function startSwayingServer(drawn: Drawn) {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-swaying-server-'));
  const modelsDir = path.join(dir, 'models');
  await mkdir(modelsDir);
  const flags = ['--import', 'tsx', 'bench/overlayModel.ts', drawn, modelsDir];
  await promisify(execFile)(process.execPath, flags);
  const server = await startBuiltServer({ MODELS_DIR: modelsDir });
  return {
    url: server.url,
    async close(): Promise<void> {
      await server.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** The page in a browser of its own, once labels come and what they are is drawn. */
export async function openSwaying(url: string, drawn: Drawn): Promise<LivePage> {
  const live = await openPage(url, 'cat-pan', { countsOnly: true });
  await live.page.locator('[data-testid="readout"][data-rate]').waitFor({ timeout: 30_000 });
  const shown = SHOWN[drawn];
  if (shown) {
    await live.page.getByTestId(shown).nth(2).waitFor({ state: 'attached', timeout: 30_000 });
  }
  return live;
}

/** Number of pictures of the camera that the page has shown. */
export const picturesShown = ({ page }: LivePage): Promise<number> =>
  page.evaluate(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0);
