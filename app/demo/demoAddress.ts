/** Whether the address asks for the built-in footage: `/?demo`. */
export const wantsDemo = (search: string): boolean => new URLSearchParams(search).has('demo');
