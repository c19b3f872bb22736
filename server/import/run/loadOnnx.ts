import { readOnnxFile } from '../onnx/onnxFile.ts';
import { usableOutputs } from '../onnx/usableOutputs.ts';
import type { LoadedModel } from './importGraph.ts';

/**
 * A model out of an ONNX file.
 * @param entry the file, relative to `dir`
 * @throws ImportError
 */
export async function loadOnnx(dir: string, entry: string): Promise<LoadedModel> {
  const { model, file } = await readOnnxFile(dir, entry);
  const { labels, classNumbers, warnings, isChanged } = usableOutputs(model);
  const why = 'classlabels in the graph';
  return {
    format: 'onnx',
    model,
    file: isChanged ? undefined : file,
    declared: labels ? { labels: { value: labels, why } } : {},
    fallback: classNumbers ? { labels: { value: classNumbers, why } } : {},
    warnings,
  };
}
