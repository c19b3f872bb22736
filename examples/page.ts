// A page of your own: what the camera shows, with boxes and names. In two terminals:
//   ALLOWED_ORIGINS=http://localhost:8000 npm start
//   npm run example:page        and open http://localhost:8000/page.html#http://localhost:3000
import { openStream } from '../client/index.ts';

const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
await video.play();
const camera = new OffscreenCanvas(640, 480);
const screen = document.querySelector('canvas')?.getContext('2d');
const stream = openStream<ImageBitmap>({ url: location.hash.slice(1) });
stream.onLabels(({ labels, context }) => {
  if (context) screen?.drawImage(context, 0, 0); // The picture that these labels are about.
  for (const { label, box: [x, y, width, height] = [0, 0, 1, 1] } of labels) {
    screen?.strokeRect(x * 640, y * 480, width * 640, height * 480);
    screen?.fillText(label, x * 640 + 4, y * 480 + 12);
  }
});
while (await new Promise(requestAnimationFrame)) {
  if (!stream.wantsFrame()) continue;
  camera.getContext('2d')?.drawImage(video, 0, 0, 640, 480);
  const jpeg = await camera.convertToBlob({ type: 'image/jpeg', quality: stream.pace.quality });
  stream.send({ image: new Uint8Array(await jpeg.arrayBuffer()), context: await createImageBitmap(jpeg) });
}
