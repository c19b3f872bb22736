import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import * as v from 'valibot';
import { parse } from 'yaml';
import { createMetrics } from './metrics.ts';

const Dashboard = v.object({
  panels: v.array(
    v.object({ title: v.string(), targets: v.array(v.object({ expr: v.string() })), id: v.number() }),
  ),
  templating: v.object({ list: v.array(v.object({ query: v.unknown() })) }),
});
const Rules = v.object({
  groups: v.array(v.object({ rules: v.array(v.object({ alert: v.string(), expr: v.string() })) })),
});

const DASHBOARD = 'deploy/grafana/livelens.json';
const ALERTS = 'deploy/prometheus/alerts.yml';

/** The names of all series that /metrics gives. */
async function givenNames(t: test.TestContext): Promise<Map<string, string>> {
  const metrics = createMetrics({
    workers: () => [],
    models: () => [],
    waitingFrames: () => 0,
    maxSessions: 1,
    fleet: () => ({
      queue: { isConnected: true, disconnects: 2, events: { lost: 1 } },
      gateways: 1,
      workers: 3,
    }),
  });
  t.after(() => metrics.close());
  const { text } = await metrics.render();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
    ([, name = '', type = '']) => [name, type] as const,
  );
  return new Map(
    types.flatMap(([name, type]) =>
      type === 'histogram'
        ? ['_bucket', '_sum', '_count'].map((end) => [name + end, type] as const)
        : [[name, type] as const],
    ),
  );
}

const namesIn = (expression: string) => expression.match(/\b(livelens|process|nodejs)_\w+/g) ?? [];

async function readDashboard() {
  return v.parse(Dashboard, JSON.parse(await readFile(DASHBOARD, 'utf8')));
}
async function readAlerts() {
  return v.parse(Rules, parse(await readFile(ALERTS, 'utf8'))).groups.flatMap(({ rules }) => rules);
}

test('each expression of the dashboard and of the alerts is about metrics that there are', async (t) => {
  const given = await givenNames(t);
  const { panels, templating } = await readDashboard();
  const expressions = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...(await readAlerts()).map(({ expr }) => expr),
    JSON.stringify(templating),
  ];
  for (const expression of expressions) {
    const names = namesIn(expression);
    assert.ok(names.length > 0, expression);
    for (const name of names) assert.ok(given.has(name), `${name}, in ${expression}`);
  }
});

test('each metric of ours is on the dashboard, and in the table of the docs', async (t) => {
  const { panels } = await readDashboard();
  const shown = new Set(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr))));
  const operating = await readFile('docs/operating.md', 'utf8');
  for (const [name] of await givenNames(t)) {
    if (!name.startsWith('livelens_') || /_(sum|count)$/.test(name)) continue;
    assert.ok(shown.has(name), `${name} is on no panel`);
    assert.ok(operating.includes(`\`${name.replace(/_bucket$/, '')}`), `${name} is not in docs/operating.md`);
  }
});

test('of a fleet, metrics have what the queue counts, and nothing of what cannot happen there', async (t) => {
  const readings = { workers: () => [], models: () => [], waitingFrames: () => 0, maxSessions: 1 };
  const events = { published: 10, lost: 1 };
  const queue = { isConnected: true, disconnects: 2, events };
  const metrics = createMetrics({ ...readings, fleet: () => ({ queue, gateways: 1, workers: 3 }) });
  t.after(() => metrics.close());
  const read = async () => (await metrics.render()).text.match(/^livelens_(queue|fleet)_.*$/gm);
  const first = [
    'livelens_queue_connected 1',
    'livelens_queue_disconnects_total 2',
    'livelens_queue_events_total{event="published"} 10',
    'livelens_queue_events_total{event="lost"} 1',
    'livelens_fleet_members{role="gateway"} 1',
    'livelens_fleet_members{role="worker"} 3',
  ];
  assert.deepEqual(await read(), first);
  // Read again it is not added up.
  assert.deepEqual(await read(), first);
  queue.isConnected = false;
  events.published = 12;
  const next = await read();
  assert.ok(
    next?.includes('livelens_queue_connected 0') &&
      next.includes('livelens_queue_events_total{event="published"} 12'),
  );

  const alone = createMetrics(readings);
  t.after(() => alone.close());
  assert.doesNotMatch((await alone.render()).text, /livelens_(queue|fleet)/);
});

test('panels have titles and ids of their own, and counters are read as rates', async (t) => {
  const given = await givenNames(t);
  const { panels } = await readDashboard();
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, targets } of panels) {
    assert.ok(title);
    for (const { expr } of targets) {
      for (const name of namesIn(expr)) {
        if (given.get(name) !== 'counter') continue;
        assert.match(expr, new RegExp(`(rate|increase)\\(${name}`), expr);
      }
    }
  }
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test('promtool takes the alerts, and every expression of the dashboard', {
  skip: !hasPromtool && 'no promtool here',
}, async (t) => {
  const rules = spawnSync('promtool', ['check', 'rules', ALERTS], { encoding: 'utf8' });
  assert.equal(rules.status, 0, rules.stderr);
  const { panels } = await readDashboard();
  const recorded = panels.flatMap(({ id, targets }) =>
    targets.map(({ expr }, index) => ({
      record: `panel:${id}:${index}`,
      // What Grafana fills in.
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
    })),
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-rules-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'panels.yml');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules: recorded }] }));
  const checked = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});
