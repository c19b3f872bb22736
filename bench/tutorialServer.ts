import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { WebSocketServer } from 'ws';
import { readModelFolder } from '../server/library/modelFolder.ts';

/**
 * A live detection server as tutorials write it, to compare with: one process that decodes each frame and runs the model
 * in the handler of its message, in the order in which frames come. Same weights, same libraries, their defaults. It
 * reads our frames' header, only to send the time of capture back.
 */
const { graphFiles, manifest, labels: names } = await readModelFolder('models/coco-ssd');
const { name, width, height } = manifest.input;
const session = await InferenceSession.create(graphFiles.main ?? '');
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) {
    process.send?.({ url: `ws://127.0.0.1:${address.port}` });
  }
});

server.on('connection', (socket) => {
  socket.on('message', async (data: Buffer) => {
    const capturedAtMs = data.readDoubleLE(8);
    const pixels = await sharp(data.subarray(16)).resize(width, height).removeAlpha().raw().toBuffer();
    const outputs = await session.run({ [name]: new Tensor('uint8', pixels, [1, height, width, 3]) });
    const scores = outputs.scores?.data as Float32Array;
    const classes = outputs.classes?.data as Int32Array;
    const boxes = outputs.boxes?.data as Float32Array;
    const labels = Array.from(scores, (score, row) => ({
      label: names[classes[row] ?? -1],
      score,
      box: [...boxes.subarray(row * 4, row * 4 + 4)],
    })).filter(({ score }) => score > 0.5);
    socket.send(JSON.stringify({ type: 'labels', capturedAtMs, labels }));
  });
});
process.on('disconnect', () => process.exit(0));
