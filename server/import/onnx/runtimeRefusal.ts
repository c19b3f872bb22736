import { messageOf } from '../../../protocol/errors.ts';
import { ImportError } from '../importError.ts';
import { describeNode, type ModelProto, type NodeProto } from './onnxFile.ts';

/** What a person reads of the runtime's refusal to open a model, and what to do about it. */
export function runtimeRefusal(cause: unknown, model: ModelProto): ImportError {
  const message = ownWords(messageOf(cause));
  return (
    tooNew(message, cause) ??
    unknownOp(message, model, cause) ??
    new ImportError('unrunnable', `The runtime refuses the model: ${message}`, { cause })
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
    return new ImportError(
      'unrunnable',
      `The file is written in version ${ir} of the ONNX format (its IR version), and the runtime here reads up to ${maxIr}. Export the model with an older release of the onnx package, or set "model.ir_version = ${maxIr}" in Python and save it again.`,
      { cause },
    );
  }
  const [, opset, domain, maxOpset] =
    /Opset (\d+) is under development.*Current official support for domain (\S+) is till opset (\d+)/s.exec(
      message,
    ) ?? [];
  if (opset === undefined) return undefined;
  return new ImportError(
    'unrunnable',
    `The model uses opset ${opset} of ${domain}, and the runtime here knows up to ${maxOpset}. Export it again with opset ${maxOpset} or older (opset_version=${maxOpset} in torch.onnx.export).`,
    { cause },
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
    `${describeNode(node)} of domain "${node.domain || 'ai.onnx'}": the runtime does not know this op in opset ${opset}, or not for these types. Export the model with standard ONNX ops in float32.`,
    { cause },
  );
}
