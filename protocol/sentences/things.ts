import { sentencesOf } from '../sentence.ts';

/** What the server says of requests about taught things. */
export const THINGS = {
  no_collection: 'There is no collection "{id}".',
  no_thing: 'There is no such thing in this collection.',
  no_sample: 'There is no such sample in this collection.',
  things_full: 'A collection has {max} things at most. Remove one, or begin another collection.',
  samples_full: 'A collection has {max} samples at most. Remove some, or begin another collection.',
  collections_full: 'There are {max} collections, which is the limit. Remove one first.',
  collection_exists: 'There is a collection called "{id}".',
  bad_collection_id:
    '"{id}" cannot be the id of a collection. Use lower case letters, digits or "-", a letter or digit first, at most {max}, and no device name of Windows such as "con".',
  name_reserved: '"{name}" is what things are called that were not taught. Give it another name.',
  nothing_to_undo: 'There is no change to take back.',
  changed_since:
    'The collection was changed since, so that change can no longer be taken back. Nothing was changed.',
  collection_broken: 'The collection "{id}" cannot be read: {why}',
  things_changed: 'The model of taught things was replaced meanwhile. Try again.',
  no_exported_collection: 'This is no collection that was exported: the zip has no collection.json.',
  exported_broken: '{file} of the exported collection is broken: {why}. Export it again.',
  nothing_to_export: 'The collection "{id}" has no things yet: there is nothing to make a model of.',
  onnx_failed: 'The model could not be made: {why}',
} as const;

export const aboutThings = sentencesOf(THINGS);
