// The same in React. As page.ts says, and open http://localhost:8000/react.html#http://localhost:3000
import { createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LensOverlay, useLens } from '../client/react/index.ts';

function Camera() {
  const { videoRef, labels, status, error, start, stop } = useLens({ url: location.hash.slice(1) });
  const isOff = status === 'off' || status === 'failed';
  return (
    <div style={{ position: 'relative', width: 640 }}>
      <video ref={videoRef} muted playsInline style={{ width: '100%' }} />
      <LensOverlay labels={labels} videoRef={videoRef} />
      <button type="button" onClick={isOff ? start : stop}>
        {isOff ? 'Start' : 'Stop'}
      </button>
      <p role="status">{error?.message ?? `${status}: ${labels.map(({ label }) => label).join(', ')}`}</p>
    </div>
  );
}
const root = createRoot(document.getElementById('root') ?? document.body);
root.render(createElement(StrictMode, null, <Camera />));
