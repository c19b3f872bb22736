import { sentencesOf } from '../sentence.ts';

/** What an import does now. */
export const PROGRESS = {
  reads_pictures: 'Reading the pictures',
  calibrates: 'Calibrating, {done} of {of} runs',
  measures_layers: 'Measuring which layers must stay float32, {done} of {of}',
  writes_int8: 'Writing the int8 version',
  records_goldens: 'Recording its goldens',
  compares_float: 'Comparing it with the float32 version',
  waits: 'Waiting for its turn',
  reads: 'Reading the file',
  copies: 'Copying its files',
  loads: 'Loading it',
  tries_samples: 'Trying it on samples',
  writes: 'Writing the deployed graph',
  compares_original: 'Comparing it with the original model',
  compares_goldens: 'Comparing it with its goldens',
  compares_preparations: 'Comparing how pictures can be prepared',
  measures: 'Measuring its cost',
  loads_next: 'Loading it next to the version that serves',
  downloads: 'downloading {address}',
  downloads_from: 'downloading {file} of {repository}',
  asks: 'asking {host} for {repository}',
  unpacks: 'unpacking {file}',
  tries_again: '{why}; trying again in {seconds} s',
  goes_on: 'going on without it: {why}',
} as const;

export const progress = sentencesOf(PROGRESS);
