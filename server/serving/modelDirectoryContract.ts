import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { CodedError } from '../../protocol/errors.ts';
import type { ModelDirectory } from './modelDirectory.ts';

/** A directory, and a hand on what stands behind it. */
export interface DirectoryStage {
  readonly directory: ModelDirectory;
  /** Lets `colours` serve as well; resolves when whatever stands behind the directory has it. */
  addColours(): Promise<void>;
  /** Whether workers can load what is unloaded. True at first. */
  canLoad: boolean;
}

/**
 * Opens a directory in which `coco-ssd` serves and is loaded.
 * @param options `withColours`: `colours` serves as well, and is unloaded; `isEmpty`: nothing serves
 */
export type OpenDirectory = (
  t: TestContext,
  options?: { withColours?: boolean; isEmpty?: boolean },
) => Promise<DirectoryStage>;

const hasCode = (code: string) => (error: unknown) => error instanceof CodedError && error.code === code;

/** What sessions and `/v1/predict` may rely on, wherever the directory is. */
export function describeModelDirectory(name: string, open: OpenDirectory): void {
  test(`${name}: the first model is the default, each is found by its id, and another is named in the error`, async (t) => {
    const { directory } = await open(t, { withColours: true });
    assert.equal(directory.find(undefined), directory.serving[0]);
    assert.equal(directory.find(undefined).manifest.id, 'coco-ssd');
    const colours = directory.find('colours');
    assert.deepEqual(colours.labels, ['red', 'green', 'blue']);
    assert.match(colours.version, /^[0-9a-f]{12}$/);
    assert.throws(
      () => directory.find('birds'),
      (error) => hasCode('unknown_model')(error) && /coco-ssd, colours/.test(String(error)),
    );
  });

  test(`${name}: while nothing serves it says that it is not ready`, async (t) => {
    const { directory } = await open(t, { isEmpty: true });
    assert.deepEqual(directory.serving, []);
    assert.throws(() => directory.find(undefined), hasCode('not_ready'));
    assert.throws(() => directory.find('coco-ssd'), hasCode('not_ready'));
  });

  test(`${name}: a model that begins to serve is there when listeners are called, and not for those that left`, async (t) => {
    const { directory, addColours } = await open(t);
    let calls = 0;
    directory.onChange(() => {
      calls += 1;
    })();
    const seen = new Promise<readonly string[]>((resolve) => {
      directory.onChange(() => resolve(directory.serving.map(({ manifest }) => manifest.id)));
    });
    await addColours();
    assert.deepEqual(await seen, ['coco-ssd', 'colours']);
    assert.equal(directory.find('colours').manifest.task, 'image-classification');
    assert.equal(calls, 0);
  });

  test(`${name}: a model is loaded on request; where that fails the error has a code`, async (t) => {
    const stage = await open(t, { withColours: true });
    const { directory } = stage;
    await directory.load(directory.find('coco-ssd'));
    await directory.load(directory.find('colours'));

    const other = await open(t, { withColours: true });
    other.canLoad = false;
    const loading = other.directory.load(other.directory.find('colours'));
    assert.ok(loading);
    await assert.rejects(loading, hasCode('not_ready'));
  });
}
