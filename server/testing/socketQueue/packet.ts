import type { Socket } from 'node:net';

/** Length of what follows, then the bytes: how packets stand one after another on a socket. */
const LENGTH_BYTES = 4;
/** A frame has at most half a megabyte, a picture ten. */
const MAX_PACKET_BYTES = 16 << 20;

/** Calls `onPacket` for each whole packet. @param onBroken the other side sends no packets; the socket is ended */
export function readPackets(
  socket: Socket,
  onPacket: (packet: Buffer) => void,
  onBroken: (error: unknown) => void = () => {},
): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (piece) => {
    rest = Buffer.concat([rest, piece]);
    try {
      while (rest.length >= LENGTH_BYTES) {
        const length = rest.readUInt32LE(0);
        if (length > MAX_PACKET_BYTES) throw new RangeError(`A packet of ${length} bytes.`);
        if (rest.length < LENGTH_BYTES + length) return;
        const packet = rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
        rest = rest.subarray(LENGTH_BYTES + length);
        onPacket(packet);
      }
    } catch (error) {
      socket.destroy();
      onBroken(error);
    }
  });
}

export function writePacket(socket: Socket, packet: Uint8Array): void {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(packet.byteLength);
  socket.write(Buffer.concat([length, packet]));
}
