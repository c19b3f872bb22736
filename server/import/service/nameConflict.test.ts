import assert from 'node:assert/strict';
import test from 'node:test';
import type { ImportReport } from '../../../protocol/models.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { idFrom } from '../deploy/writeVersion.ts';
import { findConflict } from './nameConflict.ts';

/** Live models, by id: where they come from. */
const storeOf = (models: Record<string, string>) => ({
  ids: async () => Object.keys(models),
  versions: async (id: string) => [{ version: `version of ${id}`, source: models[id] ?? '' }],
});

const imported = (id: string, source: string, folders: string[] = [], version = 'new') => ({
  report: { id, name: id, version } as ImportReport,
  manifest: { provenance: { source } } as Manifest,
  folders,
});

const FILE = 'file best.onnx';
const cases: [
  title: string,
  models: Record<string, string>,
  one: ReturnType<typeof imported>,
  free: string | undefined,
  isNew: boolean,
][] = [
  ['a free id', { other: FILE }, imported('best', FILE), undefined, true],
  ['a file of the same name', { best: FILE }, imported('best', FILE), 'best-2', true],
  [
    'a file of the same name in a folder that says more',
    { best: FILE },
    imported('best', FILE, ['weights', 'dogs', 'runs']),
    'dogs-best',
    true,
  ],
  [
    'a third of them',
    { best: FILE, 'dogs-best': FILE, 'best-2': FILE },
    imported('best', FILE, ['weights', 'dogs']),
    'best-3',
    true,
  ],
  [
    'a file again that got another name the first time',
    { best: FILE, 'dogs-best': FILE },
    imported('best', FILE, ['dogs'], 'version of dogs-best'),
    'dogs-best',
    false,
  ],
  ['the same file again', { best: FILE }, imported('best', FILE, [], 'version of best'), undefined, false],
  [
    'a newer revision of the same repository',
    { net: 'hf:me/net@1a/model.onnx' },
    imported('net', 'hf:Me/net@2b/model.onnx'),
    undefined,
    false,
  ],
  [
    "another person's repository of the same name",
    { net: 'hf:me/net@1a/model.onnx' },
    imported('net', 'hf:you/net@1a/model.onnx', ['you']),
    'you-net',
    true,
  ],
  [
    'the same address',
    { net: 'https://a.example/net.onnx' },
    imported('net', 'https://a.example/net.onnx'),
    undefined,
    false,
  ],
  [
    'another address',
    { net: 'https://a.example/net.onnx' },
    imported('net', 'https://b.example/net.onnx', ['b.example']),
    'b.example-net',
    true,
  ],
  [
    'the model that ships',
    { 'coco-ssd': 'npm' },
    imported('coco-ssd', 'file coco-ssd.onnx'),
    'coco-ssd-2',
    true,
  ],
];
for (const [title, models, one, free, isNew] of cases) {
  test(`a derived id: ${title}`, async () => {
    const found = await findConflict(one, {}, storeOf(models));
    assert.deepEqual([found.conflict?.free.id, found.isNew], [free, isNew]);
  });
}

test('an id that was given is an update', async () => {
  const found = await findConflict(imported('best', FILE), { id: 'best' }, storeOf({ best: 'file a.onnx' }));
  assert.deepEqual(found, { isNew: false, conflict: undefined });
});

test('names of other scripts have ids that tell them apart, and the same each time', () => {
  const ids = ['鳥', '犬', 'кошка', '猫 v2', '犬 v2', 'qué-año', 'model'].map(idFrom);
  assert.equal(new Set(ids).size, ids.length);
  assert.match(ids[0] ?? '', /^model-[0-9a-f]{6}$/);
  assert.match(ids[3] ?? '', /^v2-[0-9a-f]{6}$/);
  assert.deepEqual(ids.slice(5), ['que-ano', 'model']);
  assert.equal(idFrom('か\u3099'), idFrom('が'));
});
