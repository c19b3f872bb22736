/**
 * Names that label files give to outputs which are no class. A detector that counts them needs them in their places,
 * so readers keep them; who shows labels leaves them out.
 */

/** TensorFlow's `background`, torchvision's `__background__`, Mask R-CNN's `BG`: the output for "nothing is here". */
export const isBackground = (label: string): boolean => /^[\s_[(<]*(background|bg)[\s_\])>]*$/i.test(label);

/** `???` of TensorFlow's label maps, `N/A` of COCO's 91 ids, an empty line: a number that no class has. */
export const isHole = (label: string): boolean => /^[\s_]*(\?+|n\/a|-+)?[\s_]*$/i.test(label);

/** Whether a list gives its first place to the background: its name, or a hole where classes count from 1. */
export const beginsWithBackground = ([first, ...others]: readonly string[]): boolean =>
  first !== undefined && (isBackground(first) || isHole(first)) && others.some((label) => !isHole(label));
