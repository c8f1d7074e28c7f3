/* Answers requests on standard input with what kmf.js makes of files: see javascript.py.

   A request is the length of some JSON (u32), the JSON, { bytes, box, maxPixels, tile }, and so many bytes of a file.
   The answer is the length of some JSON, the JSON, { code } of an error or { width, height, alpha, palette, ... }, and
   the bytes of indices and colours, whose lengths it states. */

import { readSync, writeSync } from 'node:fs';
import { colorsOf, decode, open } from '../../spec/kmf.js';

function read(n) {
  const bytes = Buffer.alloc(n);
  for (let at = 0; at < n;) {
    const got = readSync(0, bytes, at, n - at, null);
    if (got === 0) process.exit(0);
    at += got;
  }
  return bytes;
}

function write(bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function tileOf(bytes, i) {
  const file = open(bytes), indices = file.decodeTile(i), { width, height } = file.tile(i);
  return { ...file, width, height, indices, rgba: colorsOf(file.palette, indices) };
}

function answer({ box, maxPixels, tile }, bytes) {
  try {
    const image = tile === undefined ? decode(bytes, { maxPixels, box }) : tileOf(bytes, tile);
    const { width, height, alpha, palette, chunks, indices, rgba } = image;
    const types = chunks.map(({ type, payload }) => [type, payload.length]);
    const overviews = open(bytes).overviews.map((file) => [file.width, file.height]);
    return [{ width, height, alpha, palette, chunks: types, overviews }, indices, rgba];
  } catch (error) {
    return [{ code: error.code ?? error.name, message: error.message }, new Uint8Array(), new Uint8Array()];
  }
}

for (;;) {
  const { bytes, ...request } = JSON.parse(read(read(4).readUInt32LE()));
  const [told, indices, rgba] = answer(request, read(bytes));
  const json = Buffer.from(JSON.stringify({ ...told, lengths: [indices.length, rgba.length] }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  [length, json, indices, rgba].forEach(write);
}
