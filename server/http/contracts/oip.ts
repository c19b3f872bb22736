import { Hono } from 'hono';
import packageJson from '../../../package.json' with { type: 'json' };
import { CodedError } from '../../../protocol/errors.ts';
import { aboutModels } from '../../../protocol/sentences/models.ts';
import type { ServedModel } from '../../serving/modelDirectory.ts';
import { refuseOtherMethods } from '../otherMethods.ts';
import { predictPictures } from '../predictPictures.ts';
import {
  answerErrors,
  answerPictures,
  type ContractContext,
  type ContractRequest,
  type Env,
  requireAccess,
} from './contractContext.ts';
import { OIP_LIVE } from './liveness.ts';
import { readInferRequest } from './oipRequest.ts';
import { INPUTS, inferAnswer, outputsOf, requestedOutputs } from './oipResponse.ts';
import { maxTextBytes, readBody } from './readPictures.ts';

const HEADER_LENGTH = 'Inference-Header-Content-Length';
const MODEL = '/v2/models/:name';
const VERSION = `${MODEL}/versions/:version`;

/**
 * The Open Inference Protocol, version 2, over REST, with the binary tensor data extension. Errors are `{"error": message}`.
 * docs/contracts.md says which tensors there are.
 */
export function createOipRoutes(context: ContractContext): Hono<Env> {
  const app = new Hono<Env>();
  const mayUse = requireAccess(context);
  app.onError(answerErrors(context, ({ message }) => ({ error: message })));

  app.get(OIP_LIVE.path, (c) => c.json(OIP_LIVE.answer));
  app.get('/v2/health/ready', (c) => {
    assertReady();
    return c.json({ ready: true });
  });
  app.get('/v2', (c) =>
    c.json({ name: 'livelens', version: packageJson.version, extensions: ['binary_tensor_data'] }),
  );
  app.get('/v2/models', mayUse, (c) =>
    c.json({ models: context.models.serving.map(({ manifest }) => manifest.id) }),
  );
  for (const path of [MODEL, VERSION]) {
    app.get(path, mayUse, (c) => {
      const { manifest, version } = modelOf(c);
      return c.json({
        name: manifest.id,
        versions: [version],
        platform: 'onnx_onnxv1',
        inputs: INPUTS,
        outputs: outputsOf(manifest.task),
      });
    });
    app.get(`${path}/ready`, mayUse, (c) => {
      assertReady();
      return c.json({ name: modelOf(c).manifest.id, ready: true });
    });
    app.post(`${path}/infer`, answerPictures(context, `${path}/infer`), infer);
  }
  refuseOtherMethods(app);
  app.all('/v2/*', (c) => {
    throw new CodedError('not_found', `There is nothing at ${c.req.path}.`);
  });

  async function infer(c: ContractRequest): Promise<Response> {
    // Before the pictures are read: a request for a model that is not there need not send any.
    const model = modelOf(c);
    const { maxPictureBytes } = context.limits;
    const { incoming } = c.env;
    const body = await readBody(incoming, maxTextBytes(maxPictureBytes));
    const request = readInferRequest(body, c.req.header(HEADER_LENGTH), maxPictureBytes);
    const outputs = requestedOutputs(request, model.manifest.task);
    const name = model.manifest.id;
    const options = { ...request.options, model: name };
    const predictions = await predictPictures(incoming, request.pictures, options, context);
    // A version may have changed in between: the answer names the one that gave it.
    const version = predictions.at(-1)?.model.split('@')[1] ?? model.version;
    const answer = inferAnswer({ name, version }, request, outputs, predictions);
    if (answer.headerLength === undefined)
      return c.body(answer.body, 200, { 'Content-Type': 'application/json' });
    return c.body(answer.body, 200, {
      'Content-Type': 'application/octet-stream',
      [HEADER_LENGTH]: String(answer.headerLength),
    });
  }

  function modelOf(c: ContractRequest): ServedModel {
    const model = context.models.find(c.req.param('name'));
    const version = c.req.param('version');
    if (version === undefined || version === model.version) return model;
    throw new CodedError(
      'unknown_model',
      `Model "${model.manifest.id}" has no version "${version.slice(0, 40)}" in use: it is ${model.version}.`,
    );
  }

  function assertReady(): void {
    if (!context.readiness().ready) throw new CodedError('not_ready', aboutModels('none_serves'));
  }
  return app;
}
