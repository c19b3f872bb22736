import type { Upload } from '../../client/http/requester.ts';

/** Sends a file and notifies of its progress, which `fetch` cannot. Rejects as `fetch` does. */
export const uploadWithProgress: Upload = (url, { method, headers, body, signal, onProgress }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onload = () => {
      const { status, responseText } = request;
      resolve({
        ok: status >= 200 && status < 300,
        status,
        headers: { get: (name) => request.getResponseHeader(name) },
        text: async () => responseText,
      });
    };
    request.onerror = () => reject(new TypeError('The connection was lost.'));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
