/** Side of the square that a thing is embedded as, pixels. */
export const THING_SIDE_PX = 160;
