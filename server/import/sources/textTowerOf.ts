/** The text tower of a model in two files, by the name of its picture tower, as Transformers.js names both; undefined for any other. */
export function textTowerOf(pictureTower: string): string | undefined {
  const name = pictureTower.replace(/vision_model((?:_[a-z0-9]+)?\.onnx)$/i, 'text_model$1');
  return name === pictureTower ? undefined : name;
}
