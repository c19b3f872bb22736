import type { Formats } from '../formats.ts';

/** The models of the server: the list, adding one, and the right to change them. */
export const models = (format: Formats) => {
  const count = (number: number, one: string, other: string) =>
    `${format.number(number)} ${format.plural(number, { one, other })}`;
  return {
    modelsPanel: {
      title: 'Models',
      away: 'The server can’t be reached. Models can be added and changed when it is back.',
      list: 'Models of this server',
      live: (name: string) => `${name} is live.`,
      checked: (name: string, verdict: string) => `${name} is checked, and not live yet. ${verdict}`,
    },
    modelSwitcher: {
      title: 'Model',
      also: 'Also',
      alsoName: (name: string) => `Also run ${name}`,
      alsoOn: (name: string, first: string) =>
        `${name} runs as well as ${first}, on up to two frames per second. Press to stop it.`,
      alsoOff: (name: string, first: string) =>
        `Run ${name} as well as ${first}, and show the labels of both`,
      first: 'the first model',
      modesTitle: 'Mode',
      modes: {
        auto: { name: 'Auto', text: 'everything' },
        objects: { name: 'Objects', text: 'things' },
        text: { name: 'Text', text: 'signs, pages' },
        codes: { name: 'Codes', text: 'QR, bar codes' },
        things: { name: 'My things', text: 'teach it' },
      },
    },
    /** What a model is for; what the page does not know is shown by its own name. */
    tasks: {
      'object-detection': { name: 'Object detection', short: 'objects' },
      'keypoint-detection': { name: 'Key points', short: 'poses' },
      'image-classification': { name: 'Image classification', short: 'whole picture' },
      'image-embedding': { name: 'Embedding', short: 'for /v1/predict' },
      'text-recognition': { name: 'Text recognition', short: 'text' },
      'thing-embedding': { name: 'Embedding of things', short: 'taught things' },
      'instance-segmentation': { name: 'Instance segmentation', short: 'outlines' },
      'semantic-segmentation': { name: 'Semantic segmentation', short: 'areas' },
    },
    modelStates: {
      live: 'Live',
      loading: 'Loading',
      trial: 'On trial',
      unloaded: 'Unloaded',
      broken: 'Broken',
    },
    counts: {
      labels: (number: number) => count(number, 'label', 'labels'),
      showDifferences: (number: number) => `Show ${count(number, 'difference', 'differences')}`,
    },
    agreement: {
      noReference: 'No reference from where it was trained; checked for consistency only.',
      none: 'No reference images to check against.',
      notRun: (pictures: number) => `${count(pictures, 'reference image', 'reference images')}, not run yet.`,
      notRunOf: (pictures: number, recordedBy: string) =>
        `${count(pictures, 'reference image', 'reference images')} of ${recordedBy}, not run yet.`,
      exact: (recordedBy: string) => `Agrees with ${recordedBy} to the digit.`,
      within: (recordedBy: string, difference: string) => `Agrees with ${recordedBy} to ${difference}.`,
    },
    modelCard: {
      forPredict: 'for /v1/predict',
      problem: 'It can’t be used.',
      use: 'Use this model',
      inUse: 'In use',
      chosen: 'Chosen',
      rollingBack: 'Rolling back …',
      removing: 'Removing …',
      verify: 'Verify',
      quantize: 'Make it faster (int8)',
      words: 'Words to look for',
      wordsHelp: 'One a line, or separated by commas. The page of everyone who uses this model shows them.',
      chooseWords: 'Look for these words',
      int8: (bits: number) => `int8, ${format.number(bits)} bits`,
      /** `ap`, `ap50`: average precision. */
      precisionScore: (ap: string, ap50: string, pictures: number) =>
        `Average precision ${ap} (${ap50} at an overlap of 0.5) on ${count(pictures, 'picture', 'pictures')}`,
      nameScore: (top1: string, top5: string | undefined, pictures: number) =>
        `The best name is right on ${top1} of ${count(pictures, 'picture', 'pictures')}${top5 === undefined ? '' : `, one of the best five on ${top5}`}`,
      pixelScore: (meanIou: string, right: string, pictures: number) =>
        `Mean overlap of classes ${meanIou}, ${right} of pixels right, on ${count(pictures, 'picture', 'pictures')}`,
      /** @param set folder with the pictures */
      scored: (what: string, set: string | undefined, date: string | undefined) =>
        `${what}${set === undefined ? '' : ` of ${set}`}${date === undefined ? '' : `, measured ${date}`}.`,
      verifying: 'Verifying …',
      removeQuestion:
        'Remove this model and all its versions? Anyone using it will be switched to another model.',
      inferenceTime: 'inference time',
      onDisk: 'on disk',
      inMemory: 'in memory',
      input: 'input, pixels',
      size: (width: number, height: number) => `${format.number(width)} × ${format.number(height)}`,
      origin: (source: string, license: string | undefined) =>
        `From ${source}. Licence: ${license ?? 'not stated'}.`,
      versions: 'Versions',
      shipped: 'came with the server',
      live: 'live',
      makeLive: 'Make live',
      same: (same: number, pictures: number, difference: string, reference: string | undefined) =>
        `same best answer on ${format.number(same)} of ${format.number(pictures)}, within ${difference} of ${reference ?? 'what it gave when it was imported'}`,
      differs: 'Its answers differ from those recorded.',
    },
    addModel: {
      title: 'Add a model',
      drop: 'Drop a model here',
      formats:
        'An ONNX file (.onnx), a TensorFlow Lite model (.tflite), a TensorFlow.js model (its .json and .bin files), a Teachable Machine zip, or a folder with one. Add its label file, if it has one. It is checked first, and goes live only when you say so.',
      files: 'Choose files',
      folder: 'Choose a folder',
      address: 'Address of a model',
      addressForm: 'https://… or hf:owner/name',
      fetch: 'Fetch',
      fetchHint: 'The server fetches it: an https address, or a public model of Hugging Face.',
      aModel: 'a model',
    },
    adding: {
      title: (name: string) => `Adding ${name}`,
      packing: 'Packing it …',
      sent: 'Sent; the server is receiving it …',
      sentOf: (bytes: number, total: number) => `${format.bytes(bytes)} of ${format.bytes(total)} sent`,
      notAdded: (name: string) => `${name} was not added`,
      checking: (name: string) => `Checking ${name}`,
      checkingAgain: (name: string) => `Checking ${name} again`,
      fetchingReport: 'Fetching the report …',
      fetching: 'The server is fetching it …',
      received: (bytes: number) => `${format.bytes(bytes)} received`,
      receivedOf: (bytes: number, total: number) =>
        `${format.bytes(bytes)} of ${format.bytes(total)} received`,
      inspecting: 'Inspecting it, running it on sample pictures and measuring it …',
      trying: (name: string) => `Trying ${name}`,
      trial:
        'It is checked again, and runs on some of the live frames before it replaces the version in use …',
      live: (name: string) => `${name} is live`,
      done: 'Done',
      liveEmbedding: (id: string) => `It answers \`POST /v1/predict?model=${id}\`.`,
      liveLabels: (id: string) =>
        `It can be chosen below the picture, and answers \`POST /v1/predict?model=${id}\`.`,
      refused: (name: string) => `${name} did not pass its trial`,
      nothingChanged: 'Nothing else was changed.',
      noReason: 'The server gave no reason; see its log.',
      needsAnswer: (name: string) => `${name} needs an answer`,
      cannot: (name: string) => `${name} can’t be added as it is`,
      sameWords: (name: string) => `The words of ${name} have not changed`,
      gone: 'The server no longer has it, perhaps because it was restarted. Add the model again.',
      problem: 'This model can’t be added as it is.',
    },
    /** Which of both versions of a quantised model serves. */
    precision: {
      waiting: (serves: string) =>
        `${serves} serves. Both versions are timed when the server has little to do.`,
      faster: (int8: string, float: string) =>
        `int8 serves: ${int8} a picture on this machine, ${float} with float32.`,
      slower: (int8: string, float: string) =>
        `float32 serves: ${float} a picture on this machine, ${int8} with int8.`,
      refused: (serves: string) => `${serves} serves. The other version failed on this machine.`,
      chosen: (serves: string) => `${serves} serves, as the server’s settings say.`,
      alone: 'int8 serves. The float32 version that it was made of isn’t kept any more.',
      fleet: (int8: number, float32: number) =>
        `Of the machines that run it, ${int8} use int8 and ${float32} float32: whichever is faster there.`,
    },
    /** An accelerator of the server, for one model. */
    accelerator: {
      waiting: (name: string) => `${name} is tried when the server has little to do.`,
      serves: (name: string, its: string, processor: string) =>
        `${name} runs it: ${its} a picture, ${processor} on the processor.`,
      slower: (name: string, its: string, processor: string) =>
        `The processor runs it: ${processor} a picture, ${its} on ${name}.`,
      lost: (name: string) => `The processor runs it: ${name} was slower.`,
      refused: (name: string) => `The processor runs it: ${name} failed on this machine.`,
      /** In addition, where it runs several frames at once. */
      together: (count: number) => `Up to ${count} frames that wait run at once.`,
    },
    /** An int8 version of a model that is there. */
    int8: {
      title: (name: string) => `An int8 version of ${name}`,
      making: (name: string) => `Making an int8 version of ${name}`,
      inspecting: 'The network runs on sample pictures, and its numbers are rounded to eight bits …',
      faster: (times: string) => `${times} times as fast on this machine.`,
      slower: 'It is not faster on this machine. The float32 version stays.',
      columns: { float: 'float32', int8: 'int8' },
      time: 'time on one core',
      onDisk: 'on disk',
      sameBest: 'same best label',
      sameLabels: 'labels that are the same (F1)',
      ofPictures: (same: number, pictures: number) =>
        `${format.number(same)} of ${count(pictures, 'picture', 'pictures')}`,
      largest: 'largest difference of scores',
      precision: 'average precision (COCO)',
      meanCosine: 'cosine of embeddings, mean',
      leastCosine: 'cosine of embeddings, least',
      seen: 'Compared on pictures that it was made with. `npm run models -- quantize ID --pictures FOLDER` compares on pictures of yours.',
      cannot: (name: string) => `There is no int8 version of ${name}`,
      gone: 'Rolling back brings the float32 version back.',
    },
    rights: {
      explain:
        'This browser may not change models yet. Open the link that the terminal printed when the server started; `npm run models -- link` prints a new one. Or use the operator’s token (`ADMIN_TOKEN`), which is stored in this tab only.',
      label: 'Operator’s token',
      wrong: 'This token is not valid here. Ask the server’s operator for the value of ADMIN_TOKEN.',
    },
  };
};
