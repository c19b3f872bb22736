import type { Formats } from '../formats.ts';

/** What was found out about a model that comes in, and what a person may say about it. */
export const report = (format: Formats) => {
  const count = (number: number, one: string, other: string) =>
    `${format.number(number)} ${format.plural(number, { one, other })}`;
  return {
    report: {
      title: (name: string) => `Report on ${name}`,
      eyebrow: 'Checked, not live yet',
      samples: 'Answers for sample pictures',
      sample: (name: string) => `Sample picture: ${name}`,
      vector: 'A vector; it has no names.',
      nothingFound: 'Nothing found.',
      assumedTitle: 'Is this right?',
      assumedText: 'The model does not state these, so they were assumed.',
      allKnown: 'Nothing had to be assumed: the model states all settings.',
      settings: 'Settings and details',
      fieldsNamed: (below: string) => `On this page, below “${below}”:`,
      useThis: 'Use this',
      reads: (read: number, all: number) =>
        `Reads ${count(read, 'output', 'outputs')} of ${format.number(all)}. Not read:`,
      conflict: (id: string, source: string, free: string) =>
        `A model called **${id}** is there already, from ${source}. Add this one as **${free}**, or replace it. Another id can be given under “Settings and details”.`,
      discard: 'Discard',
      checkAgain: 'Check again',
      checkAgainWith: (changes: number) => `Check again with ${count(changes, 'change', 'changes')}`,
      replace: (id: string) => `Replace ${id}`,
      addAs: (id: string) => `Add as ${id}`,
      makeLive: 'Make it live',
      idHint: 'Folder name and API id. An existing id gets a new version.',
      inferenceTime: 'inference time, one core',
      inMemory: 'in memory',
      toLoad: 'to load',
      graph: 'graph',
      parameters: 'parameters',
      origin: (kind: string, source: string, inputs: number, outputs: number) =>
        `${kind} from ${source}, with ${count(inputs, 'input', 'inputs')} and ${count(outputs, 'output', 'outputs')}:`,
      input: 'in',
      output: 'out',
      opset: (opset: number) => `Opset ${opset}.`,
      license: (license: string | undefined) => `Licence: ${license ?? 'not stated'}.`,
      version: (version: string) => `Version \`${version}\``,
      addDetails: 'Add details and check again',
    },
    verdicts: {
      noNames: 'It runs, but its answers have no names yet.',
      oneWrong: 'It runs, but something seems wrong: read on before you make it live.',
      moreWrong: (things: number) =>
        `It runs, but ${format.number(things)} things seem wrong: read on before you make it live.`,
      saysNothing: 'It runs, but found nothing in any of the sample pictures.',
      sameAs: (reference: string) => `It gives the same answers here as in ${reference}.`,
      namedRight: (right: number, of: number) =>
        `It runs, and names ${format.number(right)} of ${count(of, 'picture', 'pictures')} with known labels correctly.`,
      namedWrong: (right: number, of: number) =>
        `It runs, but names only ${format.number(right)} of ${count(of, 'picture', 'pictures')} with known labels correctly.`,
      runs: 'It runs.',
      seeSamples: 'It runs. See whether its answers are right:',
    },
    evidence: {
      goldens: (right: number, of: number) =>
        `${format.number(right)} of ${count(of, 'reference result agrees', 'reference results agree')} with how pictures are prepared.`,
      named: (right: number, of: number) =>
        `${format.number(right)} of ${count(of, 'picture named after a label gets', 'pictures named after labels get')} that label.`,
      published: 'Pictures are prepared as the files that came with the model state.',
      graph: 'Pictures are prepared as the first operations of the graph require.',
      given: 'Pictures are prepared as you said; nothing proves it yet',
      assumed: 'How pictures are prepared is assumed; nothing proves it yet',
      explain:
        'High confidence proves nothing: many networks are confident about wrongly prepared pictures. Any of these would be proof:',
      proofConfig: 'the model’s `preprocessor_config.json`, added together with it;',
      proofGoldens: 'reference results (goldens) that its framework recorded, as `models/export` does;',
      proofPictures:
        'five or more pictures named after labels, such as `cat-1.jpg`, on the command line: `npm run models -- add … --samples FOLDER`.',
      docs: 'See `docs/importing.md`.',
    },
    how: {
      given: 'given',
      'said by the model': 'stated by the model',
      inferred: 'inferred',
      assumed: 'assumed',
    },
    /** What the server's warnings come to, by code. They come in English: here they say it themselves. */
    warnings: {
      meaning: (_code: string): string | undefined => undefined,
    },
    labelNames: {
      label: 'Label names, one per line',
      placeholder: 'cat\ndog\n…',
      readFile: 'Read a file …',
      /** @param form how the file was read; undefined: as lines */
      read: (file: string, labels: number, some: string, form: string | undefined) =>
        `${file}: ${count(labels, 'label', 'labels')}: ${some}${form === undefined ? '' : ` (${form})`}.`,
      names: (number: number) => `${count(number, 'name', 'names')}.`,
      outputs: (number: number) => `The model has ${count(number, 'output', 'outputs')}.`,
      right: (names: number, outputs: number) =>
        `${count(names, 'name', 'names')} for ${count(outputs, 'output', 'outputs')}.`,
      tooMany: (names: number, outputs: number) =>
        `${count(names, 'name', 'names')} for ${count(outputs, 'output', 'outputs')}: ${format.number(names - outputs)} too many. Give one for each output, in their order.`,
      missing: (names: number, outputs: number, isBackground: boolean) =>
        `${count(names, 'name', 'names')} for ${count(outputs, 'output', 'outputs')}: ${format.number(outputs - names)} missing. Give one for each output, in their order${
          isBackground ? '; if the first stands for “background”, write that in the first line' : ''
        }.`,
    },
    questions: {
      output: 'Which output should be read?',
      task: 'What do its numbers mean?',
      anchors: 'Whose anchors are its boxes relative to?',
    },
    /** The fields that a person may give, by their name in the API. */
    fields: {
      name: 'Name',
      id: 'Id',
      task: 'Task',
      output: 'Output',
      width: 'Width, pixels',
      height: 'Height, pixels',
      fit: 'Fit',
      crop: 'Crop fraction',
      resample: 'Resampling',
      layout: 'Layout',
      channels: 'Channels',
      scale: 'Scale',
      mean: 'Mean',
      std: 'Standard deviation',
      head: 'Detection head',
      anchors: 'Anchors',
      boxOrder: 'Numbers of a box',
      activation: 'Activation',
      multiLabel: 'Several labels at once',
      minScore: 'Default confidence',
      license: 'Licence (SPDX)',
      steps: 'Preparation',
      labels: 'Label names',
      size: 'Width and Height',
    },
    /** What a field can be, where its value says too little. */
    choices: {
      'object-detection': 'object detection',
      'keypoint-detection': 'key points',
      'image-classification': 'image classification',
      'image-embedding': 'image embedding',
      'instance-segmentation': 'instance segmentation',
      'semantic-segmentation': 'semantic segmentation',
      stretch: 'stretch each side',
      crop: 'crop the middle',
      letterbox: 'letterbox in grey',
      'left-top-right-bottom': 'left, top, right, bottom',
      'top-left-bottom-right': 'top, left, bottom, right',
      'centre-width-height': 'centre x and y, width, height',
      'left-top-width-height': 'left, top, width, height',
      true: 'yes',
      false: 'no',
    },
    /** What a field's control takes, where what was typed cannot be used. */
    expected: {
      choice: 'choose one of the list',
      number: 'a number was expected, within what the field can be',
      numbers: 'three numbers were expected, such as 0.485, 0.456, 0.406',
      text: 'this can’t be used; an id has lower case letters, digits, ".", "_" and "-"',
      problem: (field: string, expected: string) => `${field}: ${expected}.`,
    },
  };
};
