/** A picture in grey: one byte a pixel, row by row, 0 black to 255 white. */
export interface GreyPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Grey of RGBA pixels, by the weights of BT.601. What is transparent is white, as on the page. */
export function greyOf(rgba: Uint8ClampedArray, { width, height }: Omit<GreyPicture, 'data'>): GreyPicture {
  const data = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < data.length; i++, at += 4) {
    const luma = (306 * (rgba[at] ?? 0) + 601 * (rgba[at + 1] ?? 0) + 117 * (rgba[at + 2] ?? 0)) >> 10;
    const alpha = rgba[at + 3] ?? 255;
    data[i] = alpha === 255 ? luma : (255 + ((luma - 255) * alpha) / 255) | 0;
  }
  return { data, width, height };
}

/** The picture at half its size; each pixel is the mean of four, which also halves its noise. */
export function halved({ data, width, height }: GreyPicture): GreyPicture {
  const half = { width: width >> 1, height: height >> 1 };
  const small = new Uint8Array(half.width * half.height);
  for (let y = 0, to = 0; y < half.height; y++) {
    for (let x = 0, from = 2 * y * width; x < half.width; x++, from += 2, to++) {
      small[to] =
        ((data[from] ?? 0) +
          (data[from + 1] ?? 0) +
          (data[from + width] ?? 0) +
          (data[from + width + 1] ?? 0) +
          2) >>
        2;
    }
  }
  return { data: small, ...half };
}
