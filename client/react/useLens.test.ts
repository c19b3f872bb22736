import assert from 'node:assert/strict';
import test from 'node:test';
import { createElement, Fragment } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { LensOverlay, useLens } from './index.ts';

// With a camera, in strict mode and in a browser: e2e/element.spec.ts.

test('a server renders the hook as off, without a browser around it', () => {
  function Camera() {
    const { videoRef, labels, status, error, pace } = useLens({ url: 'https://lens.example' });
    return createElement(
      Fragment,
      null,
      createElement('video', { ref: videoRef }),
      createElement(LensOverlay, { labels, videoRef }),
      createElement('p', null, `${status} ${error} ${pace} ${labels.length}`),
    );
  }
  assert.match(
    renderToStaticMarkup(createElement(Camera)),
    /^<video><\/video><svg .*<p>off undefined undefined 0<\/p>$/,
  );
});
