/** As a sheet that is adopted, it needs no permission of a strict policy for styles. */
export const STYLES = `
:host {
  display: block;
  position: relative;
  aspect-ratio: 4 / 3;
  overflow: hidden;
  color: #fff;
  background: #101216;
  border-radius: 12px;
  font: 16px/1.4 system-ui, sans-serif;
  contain: layout paint;
}
:host([hidden]) { display: none; }
video, .overlay { position: absolute; inset: 0; width: 100%; height: 100%; }
video { object-fit: cover; }
video.mirrored { transform: scaleX(-1); }
.overlay { overflow: hidden; pointer-events: none; }
.overlay > * { position: absolute; top: 0; left: 0; }
.box {
  box-sizing: border-box;
  border: 3px solid var(--label);
  border-radius: 8px;
  outline: 1px solid rgb(0 0 0 / 0.5);
}
svg { width: 100%; height: 100%; fill: none; stroke: var(--label); stroke-width: 3px; stroke-linecap: round; stroke-linejoin: round; }
.outline { fill: var(--label); fill-opacity: 0.22; fill-rule: evenodd; }
.halo { stroke: rgb(0 0 0 / 0.5); stroke-width: 5.5px; }
.joints { stroke-width: 8px; }
.name, .names > span {
  max-width: calc(100% - 16px);
  padding: 1px 9px;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  font-size: 14px;
  font-weight: 600;
  color: #14161a;
  background: var(--label, #fff);
  border-radius: 9px;
}
.leaving { opacity: 0; transition: opacity 180ms; }
.overlay > .names { top: 8px; left: 8px; display: grid; gap: 4px; justify-items: start; max-width: calc(100% - 16px); }
.panel {
  position: absolute;
  inset: 0;
  display: grid;
  gap: 14px;
  align-content: center;
  justify-items: center;
  padding: 20px;
  text-align: center;
  background: rgb(16 18 22 / 0.72);
}
p { max-width: 32em; margin: 0; }
p:empty { display: none; }
button {
  min-height: 44px;
  padding: 0 20px;
  font: inherit;
  font-weight: 600;
  color: #14161a;
  background: #fff;
  border: 0;
  border-radius: 22px;
  cursor: pointer;
}
button:focus-visible { outline: 3px solid #6fe3ff; outline-offset: 2px; }
.stop { position: absolute; right: 10px; bottom: 10px; opacity: 0.92; }
.quiet { position: absolute; left: 10px; bottom: 10px; max-width: 60%; padding: 4px 12px; font-size: 14px; background: rgb(16 18 22 / 0.8); border-radius: 12px; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .name, .names > span { border: 1px solid; } button { border: 1px solid; } }
`;
