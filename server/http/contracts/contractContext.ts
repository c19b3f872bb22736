import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { CodedError } from '../../../protocol/errors.ts';
import { aboutModels } from '../../../protocol/sentences/models.ts';
import type { Access } from '../../access/adminRight.ts';
import type { ProxyOptions } from '../../access/clientAddress.ts';
import { isAllowedOrigin } from '../../access/origin.ts';
import type { NoteRefusedOrigin } from '../../access/refusedOrigins.ts';
import type { ModelDirectory } from '../../serving/modelDirectory.ts';
import type { Log } from '../../telemetry/log.ts';
import { answerError, type ErrorAnswerOptions } from '../errorAnswer.ts';
import { observePredict } from '../observePredict.ts';
import type { PredictRouteContext } from '../predict.ts';

export type Env = { Bindings: HttpBindings };
export type ContractRequest = Context<Env>;

/** What every contract needs of the server. */
export interface ContractContext extends PredictRouteContext, ProxyOptions {
  models: ModelDirectory;
  access: Pick<Access, 'callerOf'>;
  allowedOrigins: readonly string[];
  noteRefusedOrigin: NoteRefusedOrigin;
  log: Log;
  readiness(): { ready: boolean };
  /** The limits of `POST /v1/predict`, with one count for all contracts. */
  gate: MiddlewareHandler<Env>;
}

/** Lets those pass who may use the server, as `/v1` does: clients by their token, pages by their origin. Health needs neither. */
export const requireAccess =
  (context: ContractContext): MiddlewareHandler<Env> =>
  async (c, next) => {
    const { incoming } = c.env;
    if (!isAllowedOrigin(incoming, context)) {
      context.noteRefusedOrigin(incoming.headers.origin);
      throw new CodedError('forbidden_origin', aboutModels('origin_refused'));
    }
    const caller = await context.access.callerOf(incoming);
    if (!caller.may('predict')) throw caller.refusal('predict');
    await next();
  };

/** What every route for labels goes through: it is counted and traced, its sender may ask, and there is room. */
export function answerPictures(context: ContractContext, route: string): MiddlewareHandler<Env> {
  const observe = observePredict(context, route);
  const mayUse = requireAccess(context);
  return (c, next) =>
    observe(c, async () => {
      await mayUse(c, async () => {
        await context.gate(c, next);
      });
    });
}

/** Answers what a contract's routes throw, in the contract's own form. Default: that of the API. */
export const answerErrors =
  (options: ErrorAnswerOptions, form?: (error: CodedError, status: number) => object) =>
  (thrown: Error, c: ContractRequest): Response =>
    answerError(thrown, c, options, form);
