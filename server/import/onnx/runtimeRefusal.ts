import { messageOf } from '../../../protocol/errors.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { ImportError } from '../importError.ts';
import { describeNode, type ModelProto, type NodeProto } from './onnxFile.ts';

/** What a person reads of the runtime's refusal to open a model, and what to do about it. */
export function runtimeRefusal(cause: unknown, model: ModelProto): ImportError {
  const message = ownWords(messageOf(cause));
  return (
    tooNew(message, cause) ??
    unknownOp(message, model, cause) ??
    new ImportError('unrunnable', aboutGraph('refused_by_runtime', { message }), { cause })
  );
}

/** Without paths of this machine, and places in the runtime's sources. */
export const ownWords = (message: string): string =>
  message
    .replace(/^Load model from .*? failed:/s, '')
    // A file and line, a signature, and at times what its templates are.
    .replace(
      /\/\S*onnxruntime\/\S+:\d+ [^()]*\((?:[^()]|\([^()]*\))*\)(?: const)?(?: \[with [^\]]*\])? /g,
      '',
    )
    .trim();

/** Models of a newer ONNX than the runtime's. */
function tooNew(message: string, cause: unknown): ImportError | undefined {
  const [, ir, maxIr] =
    /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(message) ?? [];
  if (ir !== undefined) {
    return new ImportError('unrunnable', aboutGraph('ir_too_new', { ir: ir ?? '', max: maxIr ?? '' }), {
      cause,
    });
  }
  const [, opset, domain, maxOpset] =
    /Opset (\d+) is under development.*Current official support for domain (\S+) is till opset (\d+)/s.exec(
      message,
    ) ?? [];
  if (opset === undefined) return undefined;
  return new ImportError(
    'unrunnable',
    aboutGraph('opset_too_new', { opset: opset ?? '', domain: domain ?? '', max: maxOpset ?? '' }),
    {
      cause,
    },
  );
}

function unknownOp(message: string, model: ModelProto, cause: unknown): ImportError | undefined {
  // Such as: No Op registered for Foo with domain_version of 17; Foo(-1) is not a registered function/op
  const op =
    /No Op registered for (\w+)/.exec(message)?.[1] ??
    /(?:[\w.]*:)?(\w+)\(-?\d+\) is not a registered function/.exec(message)?.[1] ??
    /Could not find an implementation for (\w+)\(/.exec(message)?.[1];
  const node = op && model.graph?.node?.find(({ opType }: NodeProto) => opType === op);
  if (!node) return undefined;
  const opset = model.opsetImport?.find(({ domain }) => (domain ?? '') === (node.domain ?? ''))?.version;
  return new ImportError(
    'unsupported_op',
    aboutGraph('op_unknown', {
      node: describeNode(node),
      domain: node.domain || 'ai.onnx',
      opset: String(opset),
    }),
    { cause },
  );
}
