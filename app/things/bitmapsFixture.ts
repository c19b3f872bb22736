import type { TestContext } from 'node:test';

/** Gives this test what decodes pictures in browsers. It notes what it was asked for, and says that each has this size. */
export function standInBitmaps(t: TestContext, width = 1, height = 1): readonly unknown[] {
  const decoded: unknown[] = [];
  Object.assign(globalThis, {
    async createImageBitmap(picture: Blob) {
      decoded.push(picture);
      return { width, height, close() {} };
    },
  });
  t.after(() => Reflect.deleteProperty(globalThis, 'createImageBitmap'));
  return decoded;
}
