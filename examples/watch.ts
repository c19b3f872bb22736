// Names what a video shows, live, and rings the bell when a thing of your choice comes into the picture:
//   ffmpeg -re -i street.mp4 -vf scale=640:-2 -f mjpeg - | node --import tsx examples/watch.ts http://localhost:3000 cat
import { WebSocket } from 'ws'; // Node 20 has no WebSocket; in Node 22 leave this and `transport` out.
import { openStream } from '../client/index.ts';

const [url = 'http://localhost:3000', wanted] = process.argv.slice(2);
const stream = openStream({ url, transport: (at, subprotocol) => new WebSocket(at, subprotocol) });
await stream.whenOpen();
const seen = new Set<number>(); // A thing keeps its id while it is in sight.
stream.onLabels(({ labels }) => {
  const news = labels.filter(({ id }) => seen.size < seen.add(id).size);
  for (const { label } of news) console.log(label === wanted ? `${label}\x07` : label);
});
const boundary = Buffer.from('ffd9ffd8', 'hex'); // The end of a JPEG, and the start of the next one.
let bytes = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  bytes = Buffer.concat([bytes, chunk]);
  for (let end = bytes.indexOf(boundary); end >= 0; end = bytes.indexOf(boundary)) {
    if (stream.wantsFrame()) stream.send({ image: bytes.subarray(0, end + 2) });
    bytes = bytes.subarray(end + 2);
  }
}
stream.close();
