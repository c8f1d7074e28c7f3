/* Makes PNG files of KMF images, in browsers and Node 18 or later:

     import { decode } from './kmf.js';
     import { toPng } from './kmf-png.js';
     const blob = await toPng(decode(bytes)); */

import { crc32 } from './kmf.js';

/** Makes a PNG of an image that kmf.js decoded: palette, alpha and pixels are the same, bit for bit. */
export async function toPng({ width, height, palette, alpha, indices, chunks }) {
  const bits = [1, 2, 4, 8].find((n) => palette.length <= 1 << n), metadata = (name) => chunks.find(({ type }) => type === name)?.payload;
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint32(8, bits << 24 | 3 << 16);                    // a palette; deflate, filters of the one kind, not interlaced
  const profile = metadata('iccp'), exif = metadata('exif');
  return new Blob([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
    ...pngChunk('IHDR', new Uint8Array(header.buffer)),
    ...(profile ? pngChunk('iCCP', Uint8Array.of(105, 99, 99, 0, 0), await deflated([profile])) : []),       // "icc"
    ...pngChunk('PLTE', Uint8Array.from(palette.flatMap((color) => color.slice(0, 3)))),
    ...(alpha ? pngChunk('tRNS', Uint8Array.from(palette, (color) => color[3])) : []),
    ...(exif ? pngChunk('eXIf', exif) : []),
    ...pngChunk('IDAT', await deflated(pngRows(indices, width, height, bits))),
    ...pngChunk('IEND'),
  ], { type: 'image/png' });
}

function pngChunk(type, ...data) {
  const parts = [Uint8Array.from(type, (letter) => letter.charCodeAt(0)), ...data];
  const ends = new DataView(new ArrayBuffer(8));
  ends.setUint32(0, data.reduce((sum, { length }) => sum + length, 0));
  ends.setUint32(4, parts.reduce((crc, part) => crc32(part, crc), 0));
  return [new Uint8Array(ends.buffer, 0, 4), ...parts, new Uint8Array(ends.buffer, 4)];
}

/** Yields rows of packed indices, a few at a time, each after a 0 that says it is not filtered. */
function* pngRows(indices, width, height, bits) {
  const rowBytes = 1 + Math.ceil(width * bits / 8), some = Math.max(1, Math.floor(2 ** 16 / rowBytes));
  for (let top = 0; top < height; top += some) {
    const packed = new Uint8Array(rowBytes * Math.min(some, height - top));
    for (let at = 0, y = top; at < packed.length; at += rowBytes, y++) {
      if (bits === 8) packed.set(indices.subarray(y * width, (y + 1) * width), at + 1);
      else {
        for (let x = 0, bit = 8; x < width; x++, bit += bits) packed[at + (bit >> 3)] |= indices[y * width + x] << (8 - bits - (bit & 7));
      }
    }
    yield packed;
  }
}

async function deflated(parts) {
  const compression = new CompressionStream('deflate'), writer = compression.writable.getWriter();
  const done = new Response(compression.readable).arrayBuffer();
  for (const part of parts) {
    await writer.write(part);
    await pause();
  }
  await writer.close();
  return new Uint8Array(await done);
}

/** Lets a page go on: some browsers compress where its scripts run. */
function pause() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    port1.onmessage = () => done(port1.close());
    port2.postMessage(null);
  });
}
