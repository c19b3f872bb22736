import type { ValueInfoProto } from './onnxFile.ts';
import { dataTypeName } from './tensorSize.ts';

type Type = NonNullable<ValueInfoProto['type']>;

/** What a value is, in words, such as "a sequence of maps". */
export const typeName = (type: Type | null | undefined): string => {
  const name = nameOf(type);
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
};

function nameOf(type: Type | null | undefined): string {
  if (type?.tensorType) return `tensor of ${dataTypeName(type.tensorType.elemType)}`;
  if (type?.sequenceType) return `sequence of ${plural(nameOf(type.sequenceType.elemType))}`;
  if (type?.mapType) return 'map';
  if (type?.optionalType) return `optional ${nameOf(type.optionalType.elemType)}`;
  if (type?.sparseTensorType) return 'sparse tensor';
  return 'value of an unknown kind';
}

const plural = (name: string): string => name.replace(/^\S+(?: tensor)?/, (noun) => `${noun}s`);
