/** What is taken as a model, in the same words in the page, on the command line and in errors. */
export const MODEL_FILES_IN_WORDS =
  'an ONNX file (.onnx), a TensorFlow Lite model (.tflite), or a TensorFlow.js model (a .json file with its .bin files, such as Teachable Machine gives)';
