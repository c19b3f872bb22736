import type { Formats } from '../formats.ts';

/** Things that a person teaches. */
export const things = (format: Formats) => {
  const samples = (count: number) =>
    `${format.number(count)} ${format.plural(count, { one: 'sample', other: 'samples' })}`;
  const things = (count: number) =>
    `${format.number(count)} ${format.plural(count, { one: 'thing', other: 'things' })}`;
  return {
    things: {
      title: 'My things',
      open: 'My things',
      samples,
      count: things,
      teach: 'Teach a thing',
      teachThis: 'Teach it',
      wrong: 'That’s wrong',
      /** The class of what is none of the things. */
      nothing: 'None of these',
      nothingText: 'What is called unknown: your desk, your hand, the wall.',
      hold: 'Hold a thing up',
      teaching: {
        title: 'Teach a thing',
        titleOf: (name: string) => `Teach “${name}”`,
        wrongTitle: (name: string) => `“${name}” is wrong. What is it?`,
        empty: 'Nothing is taught yet. Hold a thing up in the ring, or tap its box.',
        inRing: 'What is in the ring is learned; of a thing with a box, all of it.',
        inBox: 'The thing in the box is learned.',
        useRing: 'Use the ring',
        name: 'Name',
        placeholder: 'What is it called?',
        known: 'Names that are there',
        take: 'Hold to take samples',
        takeText: 'Tap for one. Or press Space.',
        done: 'Done',
        steps: {
          name: 'Give it a name first.',
          show: 'Hold the button, and turn the thing slowly.',
          turn: 'Go on. Turn it a little.',
          back: 'They look alike. Show me the back.',
          enough: 'Learned. More samples make it surer.',
        },
        /** `3 of 5 samples of Mug` */
        progress: (count: number, enough: number, name: string) =>
          count < enough
            ? `${format.number(count)} of ${samples(enough)} of ${name}`
            : `${samples(count)} of ${name}`,
        ofEnough: (enough: number) => `of ${format.number(enough)}`,
      },
      problems: {
        out_of_sight: 'The thing is out of sight. Show it, or use the ring.',
        nothing_shown: 'There is no picture to learn from. Start the camera first.',
        no_storage: 'This browser lets the page keep nothing, as in a private window. Use another window.',
        quota: 'This device has no space left. Delete some samples, or files, and try again.',
        no_picture: 'It isn’t a picture that this browser or the server can read.',
        too_many_pixels:
          'It has too many pixels for this page: 120 million are the most. Make it smaller, and add it again.',
      },
      sampleLost: 'A sample was not taken',
      failed: 'My things can’t be used now',
      staysHere: 'These things stay on this device',
      staysHereText: 'They are only in this browser. Your choice is in effect for all else.',
      collection: 'Collection',
      everyone: 'Everyone on this server',
      byLink: 'Only who has the link',
      here: 'Only in this browser: nothing is sent',
      createTitle: 'New collection …',
      createName: 'Name of the collection',
      create: 'Create',
      cancel: 'Cancel',
      whoSees: 'Who sees it',
      copyLink: 'Copy the link',
      linkCopied: 'Link copied',
      linkNotCopied: 'This browser did not let the page copy it',
      recognised: (share: string) => `${share} of the samples are recognised from the others.`,
      relearning: (done: number, total: number) =>
        `Learning again with the new model: ${format.number(done)} of ${format.number(total)}. Until that is done, things may have no names.`,
      relearningBegun: 'Learning again with the new model.',
      relearningEnded: 'Learning again has ended.',
      embedder: {
        title: 'What compares the pictures',
        inUse: (name: string) => `${name}: in use.`,
        gone: (name: string) =>
          `${name} is in use, but not on this server any more: nothing is named. Add it again, or use another.`,
        onServer: 'It does so on the server only, not on this device.',
        recognised: (name: string, share: string) => `${name} recognises ${share}.`,
        better: (name: string, share: string, by: string) =>
          `${name} is better: it recognises ${share}, ${by} more than the one in use.`,
        worse: (name: string, share: string) => `${name} is worse: it recognises ${share}.`,
        alike: (name: string, share: string) => `${name} recognises ${share}: no clear difference.`,
        samples: (count: number) =>
          `Tried on ${format.number(count)} of your samples, each named by the others.`,
        compare: 'Compare on my samples',
        comparing: (done: number, total: number) =>
          `Comparing: ${format.number(done)} of ${format.number(total)} …`,
        cancel: 'Cancel the comparison',
        cancelled: 'The comparison was cancelled.',
        use: (name: string) => `Use ${name}`,
        moving: (name: string, done: number, total: number) =>
          `${name} looks at the samples: ${format.number(done)} of ${format.number(total)} …`,
      },
      empty: 'Nothing is taught yet.',
      readOnly: 'This browser may not change this collection. A link from the operator gives it the right.',
      list: 'Things',
      rename: (name: string) => `Rename ${name}`,
      newName: 'New name',
      save: 'Save',
      mergeAsk: (from: string, to: string) => `“${to}” is there already. Make one of “${from}” and it?`,
      merge: 'Merge',
      more: (name: string) => `Samples of ${name}`,
      moreSamples: 'More samples',
      moreSamplesOf: (name: string) => `More samples of ${name}`,
      removeThing: (name: string) => `Delete ${name}`,
      removeSample: (at: number, name: string) => `Delete sample ${format.number(at)} of ${name}`,
      sample: (at: number, name: string) => `Sample ${format.number(at)} of ${name}`,
      older: (count: number) => `${format.number(count)} older`,
      addPictures: 'Add pictures',
      addPicturesOf: (name: string) => `Add pictures of ${name}`,
      addFolder: 'Add a folder',
      addFolderText: 'Each folder in it becomes a thing of its name, with its pictures as samples.',
      adding: (done: number, total: number) =>
        `${format.number(done)} of ${format.number(total)} pictures added …`,
      added: (count: number) =>
        `${format.number(count)} ${format.plural(count, { one: 'picture', other: 'pictures' })} added.`,
      refused: (count: number) =>
        `${format.number(count)} ${format.plural(count, { one: 'was', other: 'were' })} not added:`,
      removed: {
        sample: (name: string) => `A sample of ${name} is deleted.`,
        thing: (name: string) => `${name} is deleted.`,
        merged: (name: string) => `Merged into ${name}.`,
        moved: (name: string) => `A sample was moved: it was no ${name}.`,
        collection: (name: string) => `The collection ${name} is deleted.`,
      },
      undo: 'Undo',
      exportTitle: 'Take it with you',
      exports: {
        collection: 'Collection',
        onnx: 'ONNX model',
        pictures: 'Pictures',
      },
      exportText: {
        collection: 'One file, for another Livelens.',
        onnx: 'With labels. Any ONNX runtime runs it.',
        pictures: 'A folder for each thing, for training elsewhere.',
      },
      onnxHere: 'Only a server makes it: move the collection to the server first.',
      import: 'Import a collection',
      importHere: 'Import into this browser',
      moving: {
        export: 'The file is being made …',
        import: 'The collection is being imported …',
        share: 'The collection is being moved to the server …',
      },
      moved: {
        export: 'The file is ready.',
        import: 'The collection was imported.',
        share: 'The collection is on the server.',
      },
      share: 'Move it to the server …',
      shareText: 'All pictures and names of this collection are sent to the server, and leave this browser.',
      shareYes: 'Send and move',
      removeCollection: 'Delete this collection',
      removeCollectionAsk: {
        here: (name: string) => `Delete “${name}” with all its things and pictures from this browser?`,
        server: (name: string) =>
          `Delete “${name}” with all its things and pictures, for everyone, for good? Take it with you first if it may be wanted again.`,
      },
      removeCollectionYes: 'Delete it',
    },
  };
};
