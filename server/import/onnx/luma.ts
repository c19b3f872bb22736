/** What red, green and blue weigh in grey: ITU-R BT.601, as PIL and OpenCV. */
export const LUMA = [0.299, 0.587, 0.114] as const;
