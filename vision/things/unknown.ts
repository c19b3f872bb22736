/** What is shown of a detected region that is no taught thing. In a file of its own: what draws names needs nothing else of taught things. */
export const UNKNOWN = 'unknown';
