/* node kmf2raw.js [--max-pixels N] FILE - decodes a KMF file with kmf.js, for the conformance tests.

   An image goes to standard output as the line "WIDTH HEIGHT CHANNELS COLOURS", the palette, the indices and the
   pixels; exit 0. Of a file that is none, the line is the name of the error; exit 1. All else is exit 2. */

import { readFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { decode, DEFAULT_MAX_PIXELS, KmfError } from './kmf.js';

/** Writes all of it: a pipe may take less at a time. */
function write(bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function raw({ width, height, alpha, palette, indices, rgba }) {
  const channels = alpha ? 4 : 3, pixels = new Uint8Array(indices.length * channels);
  for (let i = 0; i < indices.length; i++) {
    for (let c = 0; c < channels; c++) pixels[i * channels + c] = rgba[4 * i + c];
  }
  const head = `${width} ${height} ${channels} ${palette.length}\n`;
  return [Buffer.from(head), Uint8Array.from(palette.flat()), indices, pixels];
}

try {
  const { values, positionals: [file, ...more] } = parseArgs({
    options: { 'max-pixels': { type: 'string', default: `${DEFAULT_MAX_PIXELS}` } }, allowPositionals: true,
  });
  const maxPixels = Number(values['max-pixels']);
  if (file === undefined || more.length > 0 || !Number.isInteger(maxPixels)) {
    throw new Error('usage: kmf2raw.js [--max-pixels N] FILE');
  }
  raw(decode(readFileSync(file), { maxPixels })).forEach(write);
} catch (error) {
  if (error instanceof KmfError) {
    write(Buffer.from(`${error.code}\n`));
    process.exitCode = 1;
  } else {
    console.error(`kmf2raw.js: ${error.message}`);
    process.exitCode = 2;
  }
}
