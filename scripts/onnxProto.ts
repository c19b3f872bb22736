import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Writes server/import/onnx/onnxProto/onnx.js and onnx.d.ts from ONNX's own schema, onnx.proto3 next to them. Run it
 * when that file is replaced by a newer release of ONNX; the version in `CLI` goes with that of `protobufjs`.
 */
const DIR = 'server/import/onnxProto';
const CLI = 'protobufjs-cli@2.7.1';
/** Encoding, decoding and `create` only: nothing else is used. */
const OPTIONS = ['--no-verify', '--no-convert', '--no-delimited', '--no-typeurl', '--no-service'];

const schema = await readFile(path.join(DIR, 'onnx.proto3'), 'utf8');
const work = await mkdtemp(path.join(tmpdir(), 'livelens-onnx-proto-'));
try {
  const source = path.join(work, 'onnx.proto');
  await writeFile(source, withPresence(schema));
  const generate = (file: string, options: readonly string[]) => {
    const out = path.join(work, file);
    const args = [
      '-t',
      'static-module',
      '-w',
      'esm',
      '-r',
      'onnx',
      ...OPTIONS,
      ...options,
      '-o',
      out,
      source,
    ];
    execFileSync('npx', ['--yes', '--package', CLI, 'pbjs', ...args], { stdio: 'inherit' });
    return out;
  };
  const code = await readFile(generate('onnx.js', ['--no-comments']), 'utf8');
  // Types are read from comments.
  generate('commented.js', ['--dts']);
  const types = await readFile(path.join(work, 'commented.d.ts'), 'utf8');
  const head = '// Made by scripts/onnxProto.ts from onnx.proto3.\n';
  // One way to import it, and no dependency of a dependency.
  const named = code.replace(/^export \{\s*\$root as default\s*\};?\s*$/m, '');
  const long = 'type Long = InstanceType<typeof $protobuf.util.Long>;';
  await writeFile(path.join(DIR, 'onnx.js'), `${head}// @ts-nocheck\n${named}`);
  await writeFile(path.join(DIR, 'onnx.d.ts'), head + types.replace('import Long = require("long");', long));
} finally {
  await rm(work, { recursive: true, force: true });
}

/**
 * The schema with the rules of edition 2023: lists of numbers are packed as in proto3, and a field that was written
 * with its default value is still there when the model is written again, as readers of proto2 (onnxruntime) tell the
 * two apart. Text that is no UTF-8 does not end the reading. Names of removed fields have another syntax there, and
 * say nothing to a reader.
 */
function withPresence(proto3: string): string {
  return proto3
    .replace('syntax = "proto3";', 'edition = "2023";\noption features.utf8_validation = NONE;')
    .replaceAll(/^ *reserved .*$/gm, '');
}
