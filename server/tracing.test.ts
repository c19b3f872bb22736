import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import test from 'node:test';
import { openTracing } from './telemetry/tracing.ts';
import { frameOf, photo } from './testing/media.ts';
import { recordLog } from './testing/recordedLog.ts';
import { SILENT_LOG } from './testing/silentLog.ts';
import { helloStream } from './testing/streamClient.ts';
import { ONE_WORKER, testServer } from './testing/testServer.ts';

/** What the test reads of OTLP as JSON. */
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code: number; message?: string };
  attributes: { key: string; value: object }[];
}
interface Export {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: Span[] }[];
  }[];
}

/** A collector of OTLP over HTTP, and the environment that names it. */
async function collector(t: test.TestContext, env: Record<string, string> = {}) {
  const exports: Export[] = [];
  const requests: (string | undefined)[][] = [];
  const server = createServer(async (request, response) => {
    requests.push([request.url, request.headers['x-key']?.toString()]);
    exports.push((await json(request)) as Export);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...env,
  };
  // The packages read the process's own.
  Object.assign(process.env, settings);
  t.after(() => {
    for (const name of Object.keys(settings)) delete process.env[name];
    server.closeAllConnections();
    server.close();
  });
  return {
    requests,
    resources: () => exports.flatMap((one) => one.resourceSpans.map(({ resource }) => resource)),
    spans: () =>
      exports.flatMap((one) =>
        one.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      ),
  };
}

test('without an endpoint there is no tracing; nor where it is switched off', async () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4318';
  for (const env of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
    { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' },
    { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
  ]) {
    assert.equal(await openTracing(env, SILENT_LOG), undefined);
  }
});

test("a collector gets a frame's way and a picture's, in order, below the caller's span, and nothing of what was seen", async (t) => {
  const { spans, requests, resources } = await collector(t, {
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of%20the%20collector',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
  });
  const tracing = await openTracing(process.env, SILENT_LOG);
  const server = await testServer(t, ONE_WORKER, SILENT_LOG, tracing);
  const client = await helloStream(server.url);
  const answer = await client.recognize(await frameOf('cat.png'));
  assert.equal(answer.type === 'labels' && answer.labels[0]?.label, 'cat');
  await client.close();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const predict = (body: BodyInit) =>
    fetch(`${server.url}/v1/predict`, {
      method: 'POST',
      body,
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
  assert.equal((await predict(await photo('cup.png'))).status, 200);
  assert.equal((await predict('no picture')).status, 415);
  await server.close();

  assert.deepEqual(new Set(requests.map(String)), new Set(['/v1/traces,of the collector']));
  const named = Object.fromEntries(
    resources()[0]?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? [],
  );
  assert.equal(named['service.name'], 'livelens');
  assert.equal(named['deployment.environment'], 'test');

  const [frame, picture, broken, ...more] = spans().filter(
    ({ name }) => name === 'frame' || name === 'predict',
  );
  assert.ok(frame && picture && broken && more.length === 0);
  assert.deepEqual([frame.name, picture.name, broken.name], ['frame', 'predict', 'predict']);
  assert.equal(frame.parentSpanId, undefined);
  for (const span of [picture, broken]) {
    assert.deepEqual([span.traceId, span.parentSpanId], [traceId, 'b7ad6b7169203331']);
  }
  for (const root of [frame, picture]) {
    const stages = spans().filter(({ parentSpanId }) => parentSpanId === root.spanId);
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['receive', 'queue', 'decode', 'graph', 'answer', 'send'],
    );
    let at = BigInt(root.startTimeUnixNano);
    for (const { name, traceId, startTimeUnixNano, endTimeUnixNano } of stages) {
      assert.equal(traceId, root.traceId);
      assert.equal(BigInt(startTimeUnixNano), at, `${name} begins where the stage before it ends`);
      at = BigInt(endTimeUnixNano);
    }
    assert.equal(at, BigInt(root.endTimeUnixNano));
    const graph = stages.find(({ name }) => name === 'graph');
    assert.ok(graph && BigInt(graph.endTimeUnixNano) > BigInt(graph.startTimeUnixNano));
  }
  assert.deepEqual([broken.status.code, broken.status.message], [2, 'undecodable']);
  const allowed = /^(livelens\.(outcome|bytes|session|request|model)|http\.[\w.]+)$/;
  for (const { attributes } of spans()) for (const { key } of attributes) assert.match(key, allowed);
  assert.doesNotMatch(JSON.stringify(spans()), /"cat|"cup|127\.0\.0\.1/);
});

test('a sampler of the environment is obeyed; a collector that is gone is told of in the log, and stops nothing', async (t) => {
  const { spans } = await collector(t, { OTEL_TRACES_SAMPLER: 'always_off' });
  const work = {
    name: 'frame',
    by: 's1',
    startMs: Date.now() - 20,
    receivedMs: Date.now() - 19,
    endMs: Date.now(),
    bytes: 1,
    timing: undefined,
    outcome: 'stale',
    model: undefined,
  } as const;
  const sampled = await openTracing(process.env, SILENT_LOG);
  sampled?.trace(work);
  await sampled?.close();
  assert.deepEqual(spans(), []);

  process.env.OTEL_TRACES_SAMPLER = 'always_on';
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '200';
  const { log, all } = recordLog();
  const gone = await openTracing(process.env, log);
  gone?.trace(work);
  await gone?.close();
  assert.equal(all('traces').length + all('the last traces were not sent').length > 0, true);
  delete process.env.OTEL_EXPORTER_OTLP_TIMEOUT;
});
