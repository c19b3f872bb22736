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
  nothing_to_undo: 'There is no change to take back.',
  collection_broken: 'The collection "{id}" cannot be read: {why}',
  things_changed: 'The model of taught things was replaced meanwhile. Try again.',
} as const;

export const aboutThings = sentencesOf(THINGS);
