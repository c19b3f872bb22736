/**
 * The settings of a metadata.yaml, which Ultralytics writes next to models of formats that hold no metadata, as it writes
 * them into ONNX files: text by key, lists and objects as JSON.
 * @param settings the parsed file
 */
export function yamlMetadata(settings: unknown): ReadonlyMap<string, string> {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return new Map();
  return new Map(
    Object.entries(settings).map(([key, of]) => [key, typeof of === 'string' ? of : JSON.stringify(of)]),
  );
}
