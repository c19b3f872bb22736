import * as zlib from 'node:zlib';

export interface ZipEntry {
  name: string;
  content: string | Uint8Array;
  /** Unix mode; a symbolic link is 0o120777. */
  mode?: number;
  /** A lie about the size. */
  claimedBytes?: number;
  /** Set in the flags: the entry says that it is encrypted. */
  isEncrypted?: boolean;
  /** Its packed bytes are those of the entry before. */
  isShared?: boolean;
}

/** A zip as any tool makes it, or as only somebody hostile does. */
export function makeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let last = 0;
  for (const { name, content, mode = 0o100644, claimedBytes, isEncrypted, isShared } of entries) {
    const bytes = Buffer.from(content);
    const packed = zlib.deflateRawSync(bytes);
    const nameBytes = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800 | (isEncrypted ? 1 : 0), 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crcOf(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claimedBytes ?? bytes.length, 18);
    fields.writeUInt16LE(nameBytes.length, 22);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    fields.copy(central, 6);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    if (!isShared) {
      last = offset;
      const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, nameBytes, packed]);
      parts.push(local);
      offset += local.length;
    }
    central.writeUInt32LE(last, 42);
    directory.push(central, nameBytes);
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}

/** Node has it since 20.15; the checks of a zip's contents do not depend on it here. */
const crcOf = (bytes: Buffer): number => (typeof zlib.crc32 === 'function' ? zlib.crc32(bytes) : 0);
