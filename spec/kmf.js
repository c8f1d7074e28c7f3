/* KMF decoder in JavaScript: an ES module for browsers, Node, Deno and Bun, without dependencies.

     import { decode } from './kmf.js';
     const { width, height, rgba } = decode(bytes);                       // the whole image
     context.putImageData(new ImageData(rgba, width, height), 0, 0);

     import { open } from './kmf.js';
     const file = open(bytes);                                            // the head alone, then tile by tile
     const { left, top, width, height } = file.tile(7), indices = file.decodeTile(7);

   Any bytes give an image, or throw a KmfError whose `code` is that of section 5 of KMF.md. It is written from KMF.md,
   shares nothing with other readers, and keeps the order of the sections there; kmf.d.ts says what everything is.

   Zstandard is decoded here too, by a decoder of its own, since the spec asks for more than libraries check: an exact
   size, no checksum, no dictionary, nothing before or after the frame. Libraries in JavaScript also pass frames that are
   cut short or corrupt, and libzstd as WebAssembly weighs several times this file, has to be loaded first, and is
   refused by pages with a strict Content-Security-Policy. */

/** What is wrong with a file: `code` is the error's name in section 5 of the spec, such as `tile-checksum`. */
export class KmfError extends Error {
  constructor(code, message) {
    super(`${code}: ${message}`);
    this.name = 'KmfError';
    this.code = code;
  }
}
const fail = (code, message) => { throw new KmfError(code, message); };

/** The pixels of an image, or of the tiles of a region, unless told otherwise. */
export const DEFAULT_MAX_PIXELS = 2 ** 28;
const MAX_TILE = 2 ** 28, MAX_RANKED = 2 ** 24, MAX_WINDOW = 2 ** 23, MAX_BLOCK = 2 ** 17, MAX_ANCILLARY = 256;
const MAGIC = [0x8b, 0x4b, 0x4d, 0x46], METHODS = ['stored', 'zstd', 'compact', 'dense'];
const [STORED, ZSTD, COMPACT, DENSE] = METHODS.keys();

// ---- Front door ------------------------------------------------------------------------------------------------------

/** Decodes a file: all of it, or with `box` ([left, top, right, bottom]) the pixels up to right and bottom, not them. */
export function decode(bytes, { maxPixels = DEFAULT_MAX_PIXELS, box } = {}) {
  return new KmfFile(bytes, maxPixels, box).decode();
}

/** Reads a file's head, and checks it; pixels are decoded tile by tile. There is no limit: tiles have one of their own. */
export function open(bytes) {
  return new KmfFile(bytes, Infinity);
}

/** A file's head, and its tiles. */
class KmfFile {
  #data; #directory; #starts; #coder; #paletteCrc; #box; #tailStart;

  constructor(bytes, maxPixels, box) {
    const data = this.#data = bytes instanceof ArrayBuffer ? new Uint8Array(bytes)
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const head = readHead(data, maxPixels, box);
    const { width, height, tileWidth, tileHeight, bits, alpha, palette } = head;
    const chunks = readChunks(head.chunks);
    const tail = readTail(chunks);
    this.#coder = new CompactCoder(palette, alpha, chunks);                                   // the tables, step 9
    Object.assign(this, { width, height, alpha, bits, palette, chunks, tileWidth, tileHeight });
    this.columns = Math.ceil(width / tileWidth);
    this.rows = Math.ceil(height / tileHeight);
    this.#directory = head.directory;
    this.#box = box;
    const dataBytes = this.#readDirectory(head.dataStart);
    this.#tailStart = head.dataStart + dataBytes;
    const left = data.length - this.#tailStart - tail;                                        // 11
    if (left < 0) fail('truncated', `${-left} bytes of tile data or tail are missing`);
    if (left > 0) fail('trailing', `${left} bytes stand after the end of the file`);
  }

  /** Step 10; returns the bytes of all tiles. */
  #readDirectory(dataStart) {
    const tiles = this.columns * this.rows;
    for (let i = 0; i < tiles; i++) {
      const { method, width: w, height: h } = this.#entry(i);
      if (method >= METHODS.length) fail('tile-method', `tile ${i} has method ${method}, expected 0 to ${METHODS.length - 1}`);
      const longer = Math.max(w, h), shorter = Math.min(w, h);
      if ((method >= COMPACT && w * h > MAX_RANKED) || (method === COMPACT && (shorter < 8 || (longer > 4096 && longer > 64 * shorter)))) {
        fail('tile-method', `tile ${i} of ${w} x ${h} pixels is too small, large or thin to be ${METHODS[method]}`);
      }
    }
    const starts = this.#starts = new Float64Array(tiles + 1);
    starts[0] = dataStart;
    for (let i = 0; i < tiles; i++) {
      const { method, length, width, height } = this.#entry(i), packed = height * Math.ceil(width * this.bits / 8);
      if (method === STORED ? length !== packed : length === 0 || length >= packed) {
        fail('tile-length', `tile ${i}, ${METHODS[method]}, has ${length} bytes for ${packed} of indices`);
      }
      starts[i + 1] = starts[i] + length;
    }
    return starts[tiles] - dataStart;
  }

  #entry(i) {
    const left = i % this.columns * this.tileWidth, top = Math.floor(i / this.columns) * this.tileHeight;
    const { methods, lengths, checksums } = this.#directory;
    return {
      left, top, width: Math.min(this.tileWidth, this.width - left), height: Math.min(this.tileHeight, this.height - top),
      method: methods[i], length: lengths[i], checksum: checksums[i],
    };
  }

  get tiles() { return this.columns * this.rows; }

  /** Where tile i is, in pixels, and how it is stored. */
  tile(i) {
    if (!(Number.isInteger(i) && i >= 0 && i < this.tiles)) throw new RangeError(`no tile ${i}: there are ${this.tiles}`);
    const { method, checksum: _, ...where } = this.#entry(i);
    return { ...where, method: METHODS[method] };
  }

  /** The indices of tile i, row by row. */
  decodeTile(i) {
    const { width, height } = this.tile(i), indices = new Uint8Array(width * height);
    this.#decodeTile(i, indices, 0, width);
    return indices;
  }

  /** Steps 12 to 16: writes the indices of tile i from `start` on, in rows `stride` apart. */
  #decodeTile(i, indices, start, stride) {
    const { width, height, method, checksum } = this.#entry(i);
    const data = this.#data.subarray(this.#starts[i], this.#starts[i + 1]);
    const seed = method >= COMPACT ? this.#paletteCrc ??= crc32(Uint8Array.from(this.palette.flat())) : 0;
    if (crc32(data, seed) !== checksum) fail('tile-checksum', `tile ${i} is damaged`);
    const out = { indices, start, stride, width, height };
    if (method === COMPACT) {
      this.#coder.decode(data, out);
    } else if (method === DENSE) {
      new DenseTile(data, this.palette, this.#coder.distances, out).decode();
    } else {
      const size = height * Math.ceil(width * this.bits / 8);
      unpackTile(method === ZSTD ? unzstd(data, size, size) : data, this.bits, this.palette.length, out);
    }
  }

  /** The image, or what of it lies in a box: [left, top, right, bottom]. */
  decode(box = this.#box) {
    const [left, top, right, bottom] = box ?? [0, 0, this.width, this.height];
    checkBox([left, top, right, bottom], this.width, this.height);
    const width = right - left, height = bottom - top, indices = new Uint8Array(width * height);
    for (let row = Math.floor(top / this.tileHeight); row * this.tileHeight < bottom; row++) {
      for (let column = Math.floor(left / this.tileWidth); column * this.tileWidth < right; column++) {
        const i = row * this.columns + column, tile = this.#entry(i);
        const x = tile.left - left, y = tile.top - top;
        if (x >= 0 && y >= 0 && x + tile.width <= width && y + tile.height <= height) {
          this.#decodeTile(i, indices, y * width + x, width);
        } else {
          copyInside(this.decodeTile(i), tile.width, indices, width, x, y);
        }
      }
    }
    return new KmfImage(this, width, height, indices);
  }

  /** Smaller copies of the image in the file's tail, largest first, each a file of its own; empty if there are none. */
  get overviews() {
    const found = [], payload = this.chunks.find(({ type }) => type === 'ovrv')?.payload ?? new Uint8Array();
    const list = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const u64 = (at) => list.getUint32(at, true) + 2 ** 32 * list.getUint32(at + 4, true);
    for (let at = 0; at + 24 <= list.byteLength; at += 24) {
      const start = this.#tailStart + u64(at + 8), end = start + u64(at + 16);
      try {
        const file = end <= this.#data.length && open(this.#data.subarray(start, end));
        if (file && file.width === list.getUint32(at, true) && file.height === list.getUint32(at + 4, true)) found.push(file);
      } catch (error) {
        if (!(error instanceof KmfError)) throw error;               // it is passed over
      }
    }
    return found;
  }
}

/** A decoded image; its colours are computed when first asked for. */
class KmfImage {
  #rgba;

  constructor({ palette, alpha, chunks }, width, height, indices) {
    Object.assign(this, { width, height, palette, alpha, indices, chunks });
  }

  get rgba() { return this.#rgba ??= colorsOf(this.palette, this.indices); }
}

/** Colours of indices: R, G, B and A of each, alpha not premultiplied, as ImageData takes them. */
export function colorsOf(palette, indices) {
  const entries = new Uint8Array(1024).fill(255);
  palette.forEach((entry, i) => entries.set(entry, 4 * i));
  const words = new Uint32Array(entries.buffer), out = new Uint32Array(indices.length), n = indices.length;
  for (let i = 0; i < n; i++) out[i] = words[indices[i]];
  return new Uint8ClampedArray(out.buffer);
}

function checkBox([left, top, right, bottom], width, height) {
  const whole = [left, top, right, bottom].every(Number.isInteger);
  if (!whole || left < 0 || top < 0 || left >= right || top >= bottom || right > width || bottom > height) {
    throw new RangeError(`box [${[left, top, right, bottom]}]: expected [left, top, right, bottom] inside ${width} x ${height} pixels`);
  }
}

/** Copies what of a tile lies inside the image, where (x, y) is the place of the tile's first pixel. */
function copyInside(tile, tileWidth, image, width, x, y) {
  const from = Math.max(0, -x), to = Math.min(tileWidth, width - x);
  const last = Math.min(tile.length / tileWidth, image.length / width - y);
  for (let row = Math.max(0, -y); row < last; row++) {
    image.set(tile.subarray(row * tileWidth + from, row * tileWidth + to), (y + row) * width + x + from);
  }
}

// ---- 3. Layout -------------------------------------------------------------------------------------------------------

/** Steps 1 to 8. */
function readHead(data, maxPixels, box) {
  MAGIC.forEach((byte, i) => { if (i < data.length && data[i] !== byte) fail('magic', 'not a KMF file'); });             // 1
  if (data.length < 5) fail('truncated', `the file has ${data.length} bytes`);
  if (data[4] >> 4 !== 1) fail('version', `major version ${data[4] >> 4}, expected 1`);                                  // 2
  const head = new Cursor(data, 5, 'truncated', 'the file ends in its head');
  const flags = head.u8(), bits = 1 << (flags & 3), alpha = (flags & 4) !== 0, tiled = flags & 8;
  if (flags & 0x40) fail('reserved', `reserved flags are set: 0x${flags.toString(16)}`);                                 // 3
  const colors = head.u8() + 1, width = head.varint(), height = head.varint();                                           // 4
  const tileWidth = tiled ? head.varint() : width, tileHeight = tiled ? head.varint() : height;
  const chunksLength = flags & 16 ? head.varint() : 0, packed = flags & 32, packedLength = packed ? head.varint() : 0;

  if (width === 0 || height === 0) fail('dimensions', `${width} x ${height} pixels`);
  if (!box && width * height > maxPixels) fail('limit', `${width} x ${height} pixels are more than ${maxPixels}`);       // 5
  const whole = tileWidth === width && tileHeight === height;
  if (tiled && (whole || tileWidth < 1 || tileWidth > width || tileHeight < 1 || tileHeight > height)) {                 // 6
    fail('tile-size', `tiles of ${tileWidth} x ${tileHeight} in ${width} x ${height} pixels`);
  }
  if (tileWidth * tileHeight > MAX_TILE) fail('tile-size', `a tile of ${tileWidth} x ${tileHeight} pixels`);
  if (colors > 1 << bits) fail('palette-size', `${colors} colours with ${bits} bits`);
  const channels = alpha ? 4 : 3, raw = channels * colors;
  if (packed && (packedLength === 0 || packedLength >= raw)) fail('palette-size', `a packed palette of ${packedLength} bytes for ${raw}`);
  if (box) checkRegion(box, { width, height, tileWidth, tileHeight }, maxPixels);

  const tiles = Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight), paletteLength = packed ? packedLength : raw;
  head.need(paletteLength + chunksLength + 4 + 5 * tiles);                                                           // 7
  const stored = head.take(paletteLength), chunks = head.take(chunksLength), directory = readEntries(head, tiles);
  const end = head.at;
  if (crc32(data.subarray(0, end)) !== head.u32()) fail('head-checksum', 'the head is damaged');                         // 8
  const entries = packed ? unpackPalette(stored, colors, alpha) : stored;
  const palette = Array.from({ length: colors }, (_, i) => [...entries.subarray(channels * i, channels * (i + 1))]);
  return { width, height, tileWidth, tileHeight, bits, alpha, palette, chunks, directory, dataStart: head.at };
}

/** Section 3.4: the directory as three arrays. */
function readEntries(head, tiles) {
  const methods = new Uint8Array(tiles), lengths = new Uint32Array(tiles), checksums = new Uint32Array(tiles);
  for (let i = 0; i < tiles; i++) {
    const entry = head.varint();
    methods[i] = entry % 8;
    lengths[i] = entry / 8;
  }
  for (let i = 0; i < tiles; i++) checksums[i] = head.u32();
  return { methods, lengths, checksums };
}

/** The limit of a region is on the pixels of its tiles. */
function checkRegion([left, top, right, bottom], { width, height, tileWidth, tileHeight }, maxPixels) {
  checkBox([left, top, right, bottom], width, height);
  const side = (from, to, tile, all) => Math.min(all, Math.ceil(to / tile) * tile) - Math.floor(from / tile) * tile;
  const pixels = side(left, right, tileWidth, width) * side(top, bottom, tileHeight, height);
  if (pixels > maxPixels) fail('limit', `the region's tiles have ${pixels} pixels, more than ${maxPixels}`);
}

/** Step 9, but for the tables: the chunks, in their order. */
function readChunks(bytes) {
  const chunks = [], seen = new Set(), cursor = new Cursor(bytes, 0, 'chunk-length', 'a chunk runs past the end of the chunks');
  for (let ancillary = 0; !cursor.ended;) {
    const name = cursor.take(4), payload = cursor.take(cursor.u32()), type = String.fromCharCode(...name);
    if (!/^[A-Za-z][A-Za-z0-9]{3}$/.test(type)) fail('chunk-type', `chunk type ${[...name].map((c) => c.toString(16))}`);
    if (type[0] <= 'Z') {
      if (!['ORDR', 'SMAP', 'TAIL'].includes(type)) fail('chunk-critical', `unknown critical chunk ${type}`);
      if (seen.has(type)) fail('chunk-duplicate', `a second ${type}`);
      seen.add(type);
    } else if (++ancillary > MAX_ANCILLARY) {
      fail('chunk-count', `more than ${MAX_ANCILLARY} ancillary chunks`);
    }
    chunks.push({ type, payload });
  }
  return chunks;
}

/** Section 3.6: the length of the tail. */
function readTail(chunks) {
  const payload = chunks.find(({ type }) => type === 'TAIL')?.payload;
  if (!payload) return 0;
  if (payload.length !== 8) fail('tail', `TAIL has ${payload.length} bytes, expected 8`);
  const cursor = new Cursor(payload), low = cursor.u32(), length = low + 2 ** 32 * cursor.u32();
  return length < 2 ** 53 ? length : fail('tail', 'TAIL states 2^53 bytes or more');
}

/** A place in bytes, with the error of running past their end. */
class Cursor {
  constructor(bytes, at = 0, code = 'stream-truncated', message = 'the data end too early') {
    Object.assign(this, { bytes, at, code, message });
  }

  get ended() { return this.at === this.bytes.length; }

  /** So many bytes must be left. */
  need(n) {
    if (n > this.bytes.length - this.at) fail(this.code, this.message);
  }

  take(n) {
    this.need(n);
    return this.bytes.subarray(this.at, this.at += n);
  }

  u8() { return this.take(1)[0]; }

  u32() {
    const [a, b, c, d] = this.take(4);
    return (a | b << 8 | c << 16 | d << 24) >>> 0;
  }

  varint() {
    for (let i = 0, value = 0, unit = 1; ; i++, unit *= 128) {
      const byte = this.u8();
      if ((i === 4 && byte > 15) || (i > 0 && byte === 0)) fail('varint', 'a number is written too long, or too large');
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  /** Section 4.5: writes n numbers of b bits into out from `start` on, which is 0 there so far.

      Returns b and, if there are more than 2^b `colors`, the places in out of those that are 2^b - 1, the escapes. */
  sequence(n, out, start = 0, colors = 0) {
    const head = this.varint(), layout = head % 8, runs = layout > 3, bits = runs ? layout - 3 : 1 << layout;
    const most = runs ? n : Math.ceil(n * bits / 8), least = runs ? Math.ceil(n / 2 ** (8 - bits)) : most;
    let data = this.take(Math.floor(head / 16));
    if (head & 8) data = unzstd(data, least, most);
    else if (data.length < least || data.length > most) fail('stream-length', `${data.length} bytes for ${n} numbers`);
    const escaping = colors > 1 << bits;
    if (runs) {
      writeRuns(data, bits, out, start, n);
      return { bits, escapes: escaping ? escapesOfRuns(data, bits, start) : NONE };
    }
    if (data[data.length - 1] & ((1 << (data.length * 8 - n * bits)) - 1)) fail('padding', 'bits are set after the numbers');
    if (bits === 8) out.set(data, start);
    else unpackRow(viewOf(data), 0, bits, out, start, n);
    return { bits, escapes: escaping ? escapesOf(out, start, n, (1 << bits) - 1) : NONE };
  }

  /** All bytes must have been taken. */
  end() {
    if (!this.ended) fail('stream-trailing', `${this.bytes.length - this.at} bytes are left`);
  }
}

function writeRuns(data, bits, out, start, n) {
  const top = (1 << bits) - 1, end = start + n, length = data.length;
  let at = start;
  for (let i = 0; i < length; i++) {
    const byte = data[i];
    at += byte >> bits;
    if (at >= end) fail('stream-length', 'runs make too many numbers');
    out[at++] = byte & top;
  }
  if (at !== end) fail('stream-length', 'runs make too few numbers');
}

const NONE = new Int32Array();

function escapesOfRuns(data, bits, start) {
  const top = (1 << bits) - 1, length = data.length;
  let count = 0;
  for (let i = 0; i < length; i++) if ((data[i] & top) === top) count++;
  const places = new Int32Array(count);
  for (let i = 0, at = start, found = 0; found < count; i++) {
    const byte = data[i];
    at += byte >> bits;
    if ((byte & top) === top) places[found++] = at;
    at++;
  }
  return places;
}

function escapesOf(numbers, start, n, top) {
  let count = 0;
  for (let i = start; i < start + n; i++) if (numbers[i] === top) count++;
  const places = new Int32Array(count);
  for (let i = start, found = 0; found < count; i++) if (numbers[i] === top) places[found++] = i;
  return places;
}

const CRC_TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  CRC_TABLES[0][i] = c;
}
for (let t = 1; t < 8; t++) {
  for (let i = 0; i < 256; i++) {
    const c = CRC_TABLES[t - 1][i];
    CRC_TABLES[t][i] = (c >>> 8) ^ CRC_TABLES[0][c & 255];
  }
}

/** CRC-32 of bytes, or of these after others whose CRC-32 is `seed`: eight bytes at a time. */
export function crc32(bytes, seed = 0) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC_TABLES, view = viewOf(bytes), n = bytes.length;
  let c = ~seed, i = 0;
  for (; i + 8 <= n; i += 8) {
    const low = c ^ view.getInt32(i, true), high = view.getInt32(i + 4, true);
    c = t7[low & 255] ^ t6[low >>> 8 & 255] ^ t5[low >>> 16 & 255] ^ t4[low >>> 24]
      ^ t3[high & 255] ^ t2[high >>> 8 & 255] ^ t1[high >>> 16 & 255] ^ t0[high >>> 24];
  }
  for (; i < n; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]) & 255];
  return ~c >>> 0;
}

// ---- 4.1. Packed indices ---------------------------------------------------------------------------------------------

/** For 1 and 2 bits: the numbers in each byte, next to each other. */
const UNPACKED = [1, 2].map((bits) => {
  const per = 8 / bits;
  return Uint8Array.from({ length: 256 * per }, (_, i) => Math.floor(i / per) >> (8 - bits - i % per * bits) & ((1 << bits) - 1));
});
const ROW = new Uint8Array(4096), ROW_VIEW = new DataView(ROW.buffer);

/** Writes n numbers of 1, 2 or 4 bits, packed from byte `at` of a DataView on. */
function unpackRow(view, at, bits, out, start, n) {
  if (bits < 4) {
    const numbers = UNPACKED[bits >> 1], per = 8 / bits;
    for (let i = 0; i < n; at++) {
      for (let k = view.getUint8(at) * per, end = Math.min(n, i + per); i < end; i++) out[start + i] = numbers[k++];
    }
    return;
  }
  for (let done = 0; done < n; done += 4096) {                  // four at a time, and then copied to any place
    const some = Math.min(4096, n - done), bytes = (some + 1) >> 1;
    for (let i = 0; i + 1 < bytes; i += 2) {
      const four = view.getUint16(at + i, true);
      ROW_VIEW.setUint32(2 * i, (four & 0xf0) >> 4 | (four & 15) << 8 | (four & 0xf000) << 4 | (four & 0xf00) << 16, true);
    }
    if (bytes & 1) {
      const two = view.getUint8(at + bytes - 1);
      ROW_VIEW.setUint16(2 * bytes - 2, two >> 4 | (two & 15) << 8, true);
    }
    at += bytes;
    out.set(some < 4096 ? ROW.subarray(0, some) : ROW, start + done);
  }
}

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Steps 14 and 15: all rows of a stored or zstd tile. */
function unpackTile(packed, bits, colors, { indices, start, stride, width, height }) {
  const rowBytes = Math.ceil(width * bits / 8), left = rowBytes * 8 - width * bits;
  for (let y = 1; y <= height && left > 0; y++) {
    if (packed[y * rowBytes - 1] & ((1 << left) - 1)) fail('padding', `bits are set after row ${y - 1} of a tile`);
  }
  if (colors < 1 << bits) checkIndices(packed, bits, colors);
  const view = viewOf(packed);
  for (let y = 0; y < height; y++) {
    if (bits === 8) indices.set(packed.subarray(y * width, (y + 1) * width), start + y * stride);
    else unpackRow(view, y * rowBytes, bits, indices, start + y * stride, width);
  }
}

/** All indices must be below the number of colours; bits left over are 0, and so are they. */
function checkIndices(packed, bits, colors) {
  const wrong = Uint8Array.from({ length: 256 }, (_, byte) => {
    for (let shift = 0; shift < 8; shift += bits) if ((byte >> shift & ((1 << bits) - 1)) >= colors) return 1;
    return 0;
  });
  let any = 0;
  const n = packed.length;
  for (let i = 0; i < n; i++) any |= wrong[packed[i]];
  if (any) fail('index', `an index is not below ${colors}, the number of colours`);
}

// ---- 4.4, 4.7, 4.8. Compact tiles ------------------------------------------------------------------------------------

/** Marks pairs whose order was not yet needed: to make all would take most of the time. */
const UNMADE = 4096;

/** What decodes a file's compact tiles: its tables, and orders and contexts made of them. */
class CompactCoder {
  constructor(palette, alpha, chunks) {
    const K = palette.length, payload = (name) => chunks.find(({ type }) => type === name)?.payload;
    Object.assign(this, { palette, K });
    this.lehmer = readOrders(payload('ORDR'), K);
    const { streams, map } = readStreamMap(payload('SMAP'), K <= 16 ? 4 * K * K : 2592);
    Object.assign(this, { streams, map });
  }

  /** Section 4.7: dist(a, b) at a K + b; made when first asked for. */
  get distances() { return this.dist ??= distancesOf(this.palette); }

  /** Step 16. */
  decode(data, out) {
    const { ranks, starts, ends } = this.#readStreams(new Cursor(data), out.width * out.height);
    this.#prepare();
    const next = Int32Array.from({ length: 32 }, (_, i) => starts[i >> 2]);     // that of stream s is at 4 s
    if (this.K <= 16) this.#walkFew(ranks, next, out);
    else this.#walkMany(ranks, next, out);
    // There are as many ranks as pixels: one was taken from an empty stream if any does not end at its end.
    if (ends.some((end, s) => end !== next[4 * s])) fail('stream-end', 'a stream has too few ranks');
  }

  /** The ranks of all streams, one after the other, and where each begins and ends. */
  #readStreams(cursor, pixels) {
    const { K, streams } = this, ranks = scratch('ranks', pixels).fill(0, 0, pixels), starts = new Int32Array(8), ends = new Int32Array(8);
    const escaped = [];
    let at = 0;
    for (let s = 0; s < streams; s++) {
      const n = s < streams - 1 ? cursor.varint() : pixels - at;
      if (n > pixels - at) fail('stream-length', `a stream of ${n} ranks for ${pixels - at} pixels`);
      starts[s] = at;
      if (n > 0) {
        const { bits, escapes } = cursor.sequence(n, ranks, at, K);
        if (K < 1 << bits) checkRanks(ranks, at, n, K);
        escaped.push(escapes);
      }
      ends[s] = at += n;
    }
    const count = escaped.reduce((sum, { length }) => sum + length, 0);
    if (count > 0) {
      const more = new Uint8Array(count);
      cursor.sequence(count, more);
      let i = 0;
      for (const places of escaped) {
        for (const place of places) {
          const rank = ranks[place] + more[i++];
          if (rank >= K) fail('rank', `rank ${rank} of ${K} colours`);
          ranks[place] = rank;
        }
      }
    }
    cursor.end();
    return { ranks, starts, ends };
  }

  /** Orders and contexts, at the first compact tile. */
  #prepare() {
    if (this.orders) return;
    const { K, map } = this;
    this.keys = new Uint32Array(K);
    if (K > 16) {
      this.orders = new Uint8Array(65536 * K);                  // rank r of (N, W) is at (N << 8 | W) * K + r, if made
      this.near = new Uint16Array(65536);                       // 32 near(a, b), at a << 8 | b
      for (let a = 0; a < K; a++) {
        this.#defaultOrder(a, a).forEach((b, place) => { this.near[a << 8 | b] = 32 * (32 - Math.clz32(place)); });
      }
      this.pairs = new Uint16Array(65536);                      // at N << 8 | W, what they add to the context, and UNMADE
      for (let N = 0; N < K; N++) {
        for (let W = 0; W < K; W++) this.pairs[N << 8 | W] = UNMADE | 9 * this.near[W << 8 | N] + Math.floor(16 * W / K);
      }
      return;
    }
    this.orders = new Uint8Array(4096);                         // rank r of (N, W) is at N << 8 | W << 4 | r
    this.streamOf = new Uint8Array(4096);                       // 4 s, for (N, W, NW) at N << 8 | W << 4 | NW
    for (let N = 0; N < K; N++) {
      for (let W = 0; W < K; W++) {
        const pair = N * K + W, order = this.#order(N, W);
        this.orders.set(order, N << 8 | W << 4);
        order.forEach((NW, place) => { this.streamOf[N << 8 | W << 4 | NW] = 4 * map[4 * pair + Math.min(3, place)]; });
      }
    }
  }

  #defaultOrder(N, W) {
    const { K, distances: dist, keys } = this, order = new Uint8Array(K), start = N === W ? 1 : 2;
    let n = 0;
    for (let v = 0; v < K; v++) if (v !== N && v !== W) keys[n++] = (dist[W * K + v] + dist[N * K + v]) << 8 | v;
    keys.subarray(0, n).sort();
    order[0] = W;
    order[start - 1] = N;
    for (let i = 0; i < n; i++) order[start + i] = keys[i] & 255;
    return order;
  }

  #order(N, W) {
    const order = this.#defaultOrder(N, W), { K, lehmer } = this;
    if (!lehmer) return order;
    const left = [...order.keys()];                             // the values not yet told
    return order.map((_, j) => order[left.splice(lehmer[(N * K + W) * K + j], 1)[0]]);
  }

  /** The loop of section 4.4, for at most 16 colours.

      around[y] is N << 8 | W << 4 | NW of the next pixel in row y. When a pixel becomes W, its N becomes NW, and the
      pixel before it on the anti-diagonal is N. Above the tile and to its left all are 0.

      How many ranks each stream has given is counted for 15 pixels at a time in `taken`, four bits a stream, and added
      to `next` after that: to write to memory and read that again in each step would take a third of the time. */
  #walkFew(ranks, next, { indices, start, stride, width, height }) {
    const { orders, streamOf } = this, around = new Uint16Array(height + 1);
    for (let d = 0; d <= width + height - 2; d++) {
      const first = Math.max(0, d - width + 1), last = Math.min(d, height - 1);
      let above = 0, at = start + first * stride + d - first;
      for (let y = first, taken = 0, left = 15; y <= last; y++, at += stride - 1) {
        const near = around[y], s = streamOf[near];
        const index = orders[near & 0xff0 | ranks[next[s] + (taken >>> s & 15)]];
        taken = taken + (1 << s) | 0;
        around[y] = above << 8 | index << 4 | near >> 8;
        indices[at] = above = index;
        if (--left === 0 || y === last) {
          for (let i = 0; i < 32; i += 4) next[i] += taken >>> i & 15;
          taken = 0;
          left = 15;
        }
      }
      if (last === d) around[d + 1] = above << 8;               // a row begins
    }
  }

  /** The same for more: around[y] is N << 16 | W << 8 | NW. */
  #walkMany(ranks, next, { indices, start, stride, width, height }) {
    const { K, orders, map, near, pairs } = this, around = new Int32Array(height + 1);
    for (let d = 0; d <= width + height - 2; d++) {
      const first = Math.max(0, d - width + 1), last = Math.min(d, height - 1);
      let above = 0, at = start + first * stride + d - first;
      for (let y = first; y <= last;) {
        let taken = 0;
        for (const stop = Math.min(last, y + 14); y <= stop; y++, at += stride - 1) {
          const all = around[y], pair = all >> 8, N = all >> 16, W = pair & 255, NW = all & 255, both = pairs[pair];
          const s = map[(both & UNMADE - 1) + near[N << 8 | NW] + (NW === W ? 16 : 0)] << 2;
          const rank = ranks[next[s] + (taken >>> s & 15)];
          taken = taken + (1 << s) | 0;
          let index = W;
          if (rank > 0) {
            if (both >= UNMADE) {
              orders.set(this.#defaultOrder(N, W), pair * K);
              pairs[pair] = both - UNMADE;
            }
            index = orders[pair * K + rank];
          }
          around[y] = above << 16 | index << 8 | N;
          indices[at] = above = index;
        }
        for (let s = 0; s < 32; s += 4) next[s] += taken >>> s & 15;
      }
      if (last === d) around[d + 1] = above << 16;
    }
  }
}

function distancesOf(palette) {
  const K = palette.length, dist = new Uint32Array(K * K);
  for (let a = 0; a < K; a++) {
    for (let b = 0; b < K; b++) {
      const S = palette[a].reduce((sum, c, i) => sum + (c - palette[b][i]) ** 2, 0);
      dist[a * K + b] = Math.floor(Math.sqrt(256 * S));
    }
  }
  return dist;
}

/** ORDR: the Lehmer codes of all pairs, or undefined. */
function readOrders(payload, K) {
  if (!payload) return undefined;
  if (K > 16) fail('orders', `ORDR with ${K} colours`);
  const cursor = new Cursor(payload), lehmer = new Uint8Array(K ** 3);
  cursor.sequence(K ** 3, lehmer);
  cursor.end();
  if (lehmer.some((number, i) => number >= K - i % K)) fail('orders', 'ORDR holds what is no permutation');
  return lehmer;
}

/** SMAP: the number of streams, and that of each context. */
function readStreamMap(payload, contexts) {
  const map = new Uint8Array(contexts);
  if (!payload) return { streams: 1, map };
  const cursor = new Cursor(payload), streams = cursor.u8();
  if (streams < 2 || streams > 8) fail('stream-map', `SMAP states ${streams} streams`);
  cursor.sequence(contexts, map);
  cursor.end();
  if (map.some((stream) => stream >= streams)) fail('stream-map', 'SMAP names a stream that is not there');
  return { streams, map };
}

function checkRanks(ranks, start, n, K) {
  let top = 0;
  for (let i = start; i < start + n; i++) if (ranks[i] > top) top = ranks[i];
  if (top >= K) fail('rank', `rank ${top} of ${K} colours`);
}

// ---- 4.9 to 4.11. The binary coder, dense tiles, packed palettes -------------------------------------------------------

/** What a learned decision moves by, of what it is off, in 1/1024, after n of them; and bits(v) below 257. */
const RATES = Int32Array.from({ length: 256 }, (_, n) => Math.floor(32768 / (2 * n + 3)));
const bitsOf = (v) => 32 - Math.clz32(v);

/** Section 4.9: decisions, one after the other. */
class BinaryDecoder {
  constructor(data) {
    this.data = data;
    this.at = 4;
    this.state = new Uint32Array([0, 0xffffffff, 0]);           // low, high and code
    for (let i = 0; i < 4; i++) this.state[2] = this.state[2] << 8 | data[i];
  }

  decide(chance) {
    const { state } = this, range = state[1] - state[0];
    const middle = state[0] + (range >>> 16) * chance + ((range & 0xffff) * chance >>> 16);
    const one = state[2] <= middle ? 1 : 0;
    if (one) state[1] = middle;
    else state[0] = middle + 1;
    while ((state[0] ^ state[1]) >>> 24 === 0) {
      state[0] <<= 8;
      state[1] = state[1] << 8 | 255;
      state[2] = state[2] << 8 | this.data[this.at++];          // past the end it is undefined, which is taken for 0
    }
    return one;
  }

  /** Decision i of those that learn. */
  learned(decisions, i) {
    const one = this.decide(Math.min(65504, Math.max(32, decisions.chances[i] >> 6)));
    decisions.learn(i, one);
    return one;
  }

  plain(bits) {
    let value = 0;
    while (bits--) value = value << 1 | this.decide(32768);
    return value;
  }

  /** A size up to `most`, by the decisions from i on. */
  size(decisions, i, most) {
    let size = 0;
    while (size < most && this.learned(decisions, i + size)) size++;
    return size;
  }

  /** Whether the data have as many bytes as were taken, but for up to 4 at the end. */
  get ended() { return this.at - 4 <= this.data.length && this.data.length <= this.at; }
}

/** Decisions that learn: the chance of each in 1/2^22, and how often it was made. */
class Decisions {
  constructor(count) {
    this.chances = new Int32Array(count).fill(2 ** 21);
    this.counts = new Uint8Array(count);
  }

  learn(i, one) {
    const { chances, counts } = this, chance = chances[i], n = counts[i];
    chances[i] = chance + Math.floor(((one << 18) - (chance >> 4)) * RATES[n] / 1024);
    if (n < 255) counts[i] = n + 1;
  }
}

/** Section 4.11: R, G, B or R, G, B, A of each entry. */
function unpackPalette(data, colors, alpha) {
  const decoder = new BinaryDecoder(data), channels = alpha ? 4 : 3, entries = new Uint8Array(channels * colors);
  const zeros = new Decisions(4), signs = new Decisions(3), sizes = new Decisions(3 * 8), firsts = new Decisions(3 * 8);
  const [A, G, RB, SAME] = [0, 1, 2, 3];
  const difference = (kind, zero) => {
    if (!decoder.learned(zeros, zero)) return 0;
    const negative = decoder.learned(signs, kind), size = decoder.size(sizes, 8 * kind, 7);
    let value = 1;
    if (size > 0) value = 2 << size - 1 | decoder.learned(firsts, 8 * kind + size) << size - 1 | decoder.plain(size - 1);
    return negative ? -value : value;
  };
  for (let at = 0; at < entries.length; at += channels) {
    const before = (channel) => (at ? entries[at - channels + channel] : 0);
    if (alpha) entries[at + 3] = before(3) + difference(A, A);
    const green = difference(G, G), zero = green & 255 ? RB : SAME;
    entries[at + 1] = before(1) + green;
    const more = entries[at + 1] - before(1);
    entries[at] = before(0) + more + difference(RB, zero);
    entries[at + 2] = before(2) + more + difference(RB, zero);
  }
  if (!decoder.ended) fail('palette-end', 'the packed palette does not end where its bytes do');
  return entries;
}

/** stretch(p) by floor(p / 1024), and the chance by the weighted sum x, from -1407 on. */
const logarithm = (v) => 128 * (31 - Math.clz32(v)) + Math.floor(v * 128 / 2 ** (31 - Math.clz32(v))) - 128;
const STRETCH = Int32Array.from({ length: 4096 }, (_, p) => logarithm(16 * p + 8) - logarithm(65536 - 16 * p - 8));
const MOST_X = 1407, MIXED = Int32Array.from({ length: 2 * MOST_X + 1 }, (_, i) => {
  const x = i - MOST_X, small = Math.floor(2 ** 23 / ((128 + Math.abs(x) % 128) * 2 ** Math.floor(Math.abs(x) / 128) + 128));
  return x < 0 ? small : 65536 - small;
});
const hashed = (h, v) => (h = Math.imul(h + v, 2654435761), h ^ h >>> 15);

/** Section 4.10. Slots are s0, s1 << 8, n0 << 16, n1 << 20 and check << 22. */
class DenseTile {
  constructor(data, palette, distances, out) {
    Object.assign(this, { K: palette.length, distances, out, decoder: new BinaryDecoder(data) });
    this.logSlots = Math.min(16, Math.max(10, bitsOf(out.width * out.height - 1)));
    this.slots = [0, 1, 2].map(() => new Int32Array(2 ** this.logSlots));
    this.rows = new Decisions(3 * 192 + 256);                   // of the tables A, B and C, and of likenesses
    this.weights = new Int32Array(24).fill(4096);
    this.runs = new Decisions(32);
    this.olds = new Decisions(16);
    this.sizes = new Decisions(2 * 10 * 10);
    this.seen = new Uint8Array(256);                            // which indices went into slots
    this.asked = new Int32Array(256).fill(-1);                  // by index, the last pixel at which it was asked for
  }

  decode() {
    const { out: { indices, start, stride, width, height }, K, slots: [A, B, C], logSlots, decoder } = this;
    const side = width + 7, pixels = new Uint8Array(side * (height + 2)), shift = 32 - logSlots, mask = 2 ** logSlots - 1;
    for (let y = 0; y < height; y++) {
      const row = (y + 2) * side + 4;                           // with zeros around: two rows, 4 pixels and 3
      for (let x = 0; x < width; x++) {
        const at = row + x, up = at - side, over = up - side, W = pixels[at - 1], N = pixels[up];
        const NW = pixels[up - 1], NE = pixels[up + 1], NN = pixels[over];
        let barred = -1;
        if (W === N && W === NE && this.#isRun(pixels, at, side)) {
          const most = this.#runLength(pixels, at, side, width - x);
          let length = most;
          if (!decoder.learned(this.runs, bitsOf(most))) {
            length = decoder.plain(bitsOf(most - 1));
            if (length >= most) fail('dense-run', `a run of ${length} pixels where ${most} are all`);
            barred = W;
          }
          pixels.fill(W, at, at + length);
          x += length;
          if (barred < 0) {
            x--;
            continue;
          }
        }
        const here = row + x, above = here - side, higher = above - side;
        const w = pixels[here - 1], n = pixels[above], nw = pixels[above - 1], ne = pixels[above + 1], nn = pixels[higher];
        let h = hashed(0, pixels[above - 3] << 24 | pixels[above - 2] << 16 | nw << 8 | n);
        h = hashed(h, ne << 24 | pixels[above + 2] << 16 | pixels[above + 3] << 8 | pixels[higher - 2]);
        h = hashed(h, pixels[higher - 1] << 24 | nn << 16 | pixels[higher + 1] << 8 | pixels[higher + 2]);
        h = hashed(h, pixels[here - 4] << 24 | pixels[here - 3] << 16 | pixels[here - 2] << 8 | w);
        const a = h >>> shift;
        if (A[a] >>> 22 !== (h & 1023)) A[a] = h << 22;
        h = hashed(hashed(0, ne << 24 | nw << 16 | n << 8 | w), nn);
        const b = h >>> shift;
        if (B[b] >>> 22 !== (h & 1023)) B[b] = h << 22;
        const q = K * w + n, c = q & mask;
        if (C[c] >>> 22 !== q >> logSlots) C[c] = q >> logSlots << 22;
        const index = this.#ask(here, a, b, c, w, n, nw, ne, barred);
        pixels[here] = index;
        this.seen[index] = 1;
        A[a] = learnt(A[a], index);
        B[b] = learnt(B[b], index);
        C[c] = learnt(C[c], index);
      }
      indices.set(pixels.subarray(row, row + width), start + y * stride);
    }
    if (!decoder.ended) fail('dense-end', 'the tile does not end where its bytes do');
  }

  /** Whether the 16 neighbours are alike. */
  #isRun(pixels, at, side) {
    const W = pixels[at - 1];
    for (let i = 2; i <= 4; i++) if (pixels[at - i] !== W) return false;
    return isAlike(pixels, at, side, W);
  }

  #runLength(pixels, at, side, most) {
    const W = pixels[at - 1];
    let length = 1;
    while (length < most && pixels[at + length - side + 3] === W && pixels[at + length - 2 * side + 2] === W) length++;
    return length;
  }

  /** The index of a pixel, by questions. */
  #ask(here, a, b, c, w, n, nw, ne, barred) {
    const { slots: [A, B, C], asked, decoder, rows, weights } = this, { chances } = rows, sa = A[a], sb = B[b], sc = C[c];
    const likeness = (ne === n ? 8 : 0) | (nw === n ? 4 : 0) | (nw === w ? 2 : 0) | (n === w ? 1 : 0);
    const mixed = 4 * ((sa >> 16 & 15 ? 1 : 0) + (sa >> 20 & 3 ? 1 : 0));
    let some = 0;
    if (barred >= 0) {
      asked[barred] = here;
      some = 12;
    }
    for (let i = 0; i < 10; i++) {
      let v;
      if (i < 6) {
        const slot = i < 2 ? sa : i < 4 ? sb : sc;
        if (i & 1 ? !(slot >> 20 & 3) : !(slot >> 16 & 15)) continue;
        v = i & 1 ? slot >> 8 & 255 : slot & 255;
      } else v = i === 6 ? w : i === 7 ? n : i === 8 ? nw : ne;
      if (asked[v] === here) continue;
      asked[v] = here;
      const i0 = rowOf(sa, v), i1 = 192 + rowOf(sb, v), i2 = 384 + rowOf(sc, v);
      const i3 = 576 + ((v === ne ? 128 : 0) | (v === nw ? 64 : 0) | (v === n ? 32 : 0) | (v === w ? 16 : 0) | likeness);
      const t0 = STRETCH[chances[i0] >> 10], t1 = STRETCH[chances[i1] >> 10], t2 = STRETCH[chances[i2] >> 10], t3 = STRETCH[chances[i3] >> 10];
      const k = mixed + some;
      const sum = Math.imul(weights[k], t0) + Math.imul(weights[k + 1], t1) + Math.imul(weights[k + 2], t2) + Math.imul(weights[k + 3], t3);
      const chance = MIXED[Math.min(MOST_X, Math.max(-MOST_X, sum >> 14)) + MOST_X], one = decoder.decide(chance);
      const off = (one << 16) - chance;
      weights[k] = weighed(weights[k], t0, off);
      weights[k + 1] = weighed(weights[k + 1], t1, off);
      weights[k + 2] = weighed(weights[k + 2], t2, off);
      weights[k + 3] = weighed(weights[k + 3], t3, off);
      rows.learn(i0, one);
      rows.learn(i1, one);
      rows.learn(i2, one);
      rows.learn(i3, one);
      if (one) return v;
      some = 12;
    }
    return this.#byDistance(here, w, n);
  }

  /** An index that was not asked for. */
  #byDistance(here, w, n) {
    const { K, asked, seen, decoder, distances } = this;
    let olds = 0, all = 0;
    for (let v = 0; v < K; v++) {
      if (asked[v] === here) continue;
      all++;
      olds += seen[v];
    }
    const news = all - olds;
    const old = olds > 0 && news > 0 ? decoder.learned(this.olds, bitsOf(news)) : olds > 0 ? 1 : 0, g = old ? olds : news;
    if (g === 0) fail('dense-rank', 'no index is left');
    const size = decoder.size(this.sizes, (old * 10 + bitsOf(g)) * 10, bitsOf(g) - 1), rank = (1 << size | decoder.plain(size)) - 1;
    if (rank >= g) fail('dense-rank', `rank ${rank} of ${g} indices`);
    const keys = [];
    for (let v = 0; v < K; v++) {
      if (asked[v] !== here && seen[v] === old) keys.push((distances[v * K + w] + distances[v * K + n]) << 8 | v);
    }
    return Uint32Array.from(keys).sort()[rank] & 255;
  }
}

/** Whether the 12 pixels in the two rows above are W. */
function isAlike(pixels, at, side, W) {
  for (let i = at - side - 3; i <= at - side + 3; i++) if (pixels[i] !== W) return false;
  for (let i = at - 2 * side - 2; i <= at - 2 * side + 2; i++) if (pixels[i] !== W) return false;
  return true;
}

/** The number of a table's decision for v. */
function rowOf(slot, v) {
  return (v === (slot & 255) ? 0 : v === (slot >> 8 & 255) ? 64 : 128) + ((slot >> 16 & 15) << 2) + (slot >> 20 & 3);
}

function weighed(weight, stretched, off) {
  return Math.min(131071, Math.max(-131072, weight + (Math.imul(stretched, off) >> 16)));
}

/** A slot that an index went into. */
function learnt(slot, index) {
  let s0 = slot & 255, s1 = slot >> 8 & 255, n0 = slot >> 16 & 15, n1 = slot >> 20 & 3;
  if (n0 === 0 || s0 === index) {
    s0 = index;
    if (n0 < 15) n0++;
  } else if (n1 > 0 && s1 === index) {
    if (n1 < 3) n1++;
    if (n0 > 2) n0 >>= 1;
    if (n1 >= n0) [s0, n0, s1, n1] = [s1, n1, s0, n0];
  } else {
    s1 = index;
    n1 = 1;
    n0 = n0 + 1 >> 1;
  }
  return slot & ~0x3fffff | n1 << 20 | n0 << 16 | s1 << 8 | s0;
}

// ---- 4.3. Zstandard --------------------------------------------------------------------------------------------------

/** Step 13: the content of a frame, of `least` to `most` bytes, which lasts until the next call. */
function unzstd(frame, least, most) {
  const uint = (at, n) => { let value = 0; while (n--) value = value * 256 + frame[at + n]; return value; };
  if (frame.length < 5 || uint(0, 4) !== 0xfd2fb528) fail('zstd-frame', 'not a zstd frame');
  const descriptor = frame[4], single = descriptor >> 5 & 1;
  const idBytes = [0, 1, 2, 4][descriptor & 3], sizeBytes = [single, 2, 4, 8][descriptor >> 6];
  const idAt = 6 - single, sizeAt = idAt + idBytes, blocksAt = sizeAt + sizeBytes;
  if (frame.length < blocksAt || descriptor & 8) fail('zstd-frame', 'a malformed zstd frame header');
  if (uint(idAt, idBytes) !== 0) fail('zstd-dictionary', 'the frame asks for a dictionary');
  if (descriptor & 4) fail('zstd-checksum', 'the frame has a checksum of its own');
  if (sizeBytes === 0) fail('zstd-content-size', 'the frame states no content size');
  const size = uint(sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  if (size < least || size > most) fail('zstd-content-size', `a frame of ${size} bytes, expected ${most}`);
  const exponent = frame[5] >> 3, window = single ? size : 2 ** (10 + exponent) + (frame[5] & 7) * 2 ** (7 + exponent);
  if (window > MAX_WINDOW) fail('zstd-window', `a window of ${window} bytes`);
  const largest = Math.min(window, MAX_BLOCK);
  let at = blocksAt;
  for (let last = 0; !last;) {
    if (at + 3 > frame.length) corrupt('its blocks run past the end');
    const head = uint(at, 3), type = head >> 1 & 3, length = head >> 3;
    if (type === 3 || length > largest) corrupt('a block of a wrong type or size');
    at += 3 + (type === RLE ? 1 : length);
    if (at > frame.length) corrupt('its blocks run past the end');
    last = head & 1;
  }
  if (at < frame.length) fail('zstd-trailing', `${frame.length - at} bytes stand after the frame`);
  return new ZstdFrame(frame, size, largest).decode(blocksAt);
}

const corrupt = (what) => fail('zstd-data', `the zstd frame is corrupt: ${what}`);
const RAW = 0, RLE = 1, FSE = 2, TREELESS = 3;                  // literals' types, modes of tables, and two types of blocks

/** Memory that is used again, of one name for one thing at a time: to get new memory takes longer than to fill it. */
const SCRATCH = new Map(), MOST_KEPT = 2 ** 22;
function scratch(name, size) {
  const kept = SCRATCH.get(name);
  if (kept && kept.length >= size) return kept;
  const made = new Uint8Array(size);
  if (size <= MOST_KEPT) SCRATCH.set(name, made);
  return made;
}

/** Bytes that loops may read before and after what they are about, or write after it. */
const SLACK = 16;
const LITERALS = new Uint8Array(MAX_BLOCK + SLACK), LITERALS_VIEW = new DataView(LITERALS.buffer);

const MASKS = Int32Array.from({ length: 26 }, (_, bits) => (1 << bits) - 1);
const baselines = (bits, first) => Int32Array.from(bits, (n) => (first += 2 ** n) - 2 ** n);
const LENGTH_BITS = Uint8Array.of(...Array(16).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
const MATCH_BITS = Uint8Array.of(...Array(32).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
const LENGTH_BASE = baselines(LENGTH_BITS, 0), MATCH_BASE = baselines(MATCH_BITS, 3);

/** Literal lengths, offsets, match lengths: the largest symbol and log, and the default distribution with its log. */
const KINDS = [
  [35, 9, 6, [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1]],
  [31, 8, 5, [1, 1, 1, 1, 1, 1, 2, 2, 2, ...Array(15).fill(1), -1, -1, -1, -1, -1]],
  [52, 9, 6, [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array(37).fill(1), ...Array(7).fill(-1)]],
].map(([symbols, log, defaultLog, distribution]) => ({ symbols, log, table: fseTable(distribution, defaultLog) }));

/** A table of FSE states, each `symbol << 16 | bits << 12 | first next state`; -1 is a chance below one. */
function fseTable(distribution, log) {
  const size = 1 << log, symbols = new Uint8Array(size), states = new Int32Array(size), next = distribution.slice();
  let high = size, at = 0;
  distribution.forEach((chance, symbol) => {
    if (chance === -1) { symbols[--high] = symbol; next[symbol] = 1; }
  });
  distribution.forEach((chance, symbol) => {
    for (let i = 0; i < chance; i++) {
      symbols[at] = symbol;
      do at = at + (size >> 1) + (size >> 3) + 3 & (size - 1); while (at >= high);
    }
  });
  for (let i = 0; i < size; i++) {
    const state = next[symbols[i]]++, bits = log - 31 + Math.clz32(state);
    states[i] = symbols[i] << 16 | bits << 12 | (state << bits) - size;
  }
  return { log, states };
}

/** One frame whose header, and those of whose blocks, have been checked. */
class ZstdFrame {
  constructor(frame, size, largest) {
    Object.assign(this, { size, largest });
    this.input = scratch('frame', frame.length + 2 * SLACK);    // a copy, so that loads of 32 bits never run past an end
    this.input.set(frame, SLACK);
    this.view = new DataView(this.input.buffer);
    this.out = scratch('content', size + SLACK);
    this.outView = new DataView(this.out.buffer);
    this.done = 0;
    this.repeated = [1, 4, 8];
    this.tables = [];
    this.huffman = undefined;
  }

  /** The content; its blocks are at `at` in the frame. */
  decode(at) {
    const { input, out, size } = this;
    at += SLACK;
    for (let last = 0; !last;) {
      const head = input[at] | input[at + 1] << 8 | input[at + 2] << 16, type = head >> 1 & 3, length = head >> 3;
      at += 3;
      if (type > RLE) {
        this.#block(at, at + length);
        at += length;
      } else {
        if (this.done + length > size) corrupt('it yields too much');
        if (type === RAW) out.set(input.subarray(at, at + length), this.done);
        else out.fill(input[at], this.done, this.done + length);
        at += type === RAW ? length : 1;
        this.done += length;
      }
      last = head & 1;
    }
    if (this.done !== size) corrupt('it yields too little');
    return out.subarray(0, size);
  }

  #block(at, end) {
    const start = this.done;
    if (end - at < 2) corrupt('a block is too short');
    const { next, count: literals } = this.#literals(at, end);
    const used = this.#sequences(next, end, literals), left = literals - used;
    if (this.done + left > this.size) corrupt('it yields too much');
    this.out.set(LITERALS.subarray(used, literals), this.done);
    this.done += left;
    if (this.done - start > this.largest) corrupt('a block yields too much');
  }

  /** Decodes the literals of a block; returns how many, and where the sequences begin. */
  #literals(at, end) {
    const { input } = this, type = input[at] & 3, format = input[at] >> 2 & 3;
    const bytes = type >= 2 ? [3, 3, 4, 5][format] : [1, 2, 1, 3][format];
    let head = 0;
    for (let i = bytes; i--;) head = head * 256 + input[at + i];
    const field = 2 ** (type >= 2 ? [10, 10, 14, 18][format] : 20);
    head = Math.floor(head / (type < 2 && bytes === 1 ? 8 : 16));
    const count = head % field, size = type === RAW ? count : type === RLE ? 1 : Math.floor(head / field);
    at += bytes;
    const next = at + size;
    if (count > this.largest || next > end) corrupt('literals of a wrong size');
    if (type === RAW) LITERALS.set(input.subarray(at, next));
    else if (type === RLE) LITERALS.fill(input[at], 0, count);
    else {
      if (type !== TREELESS) at = this.#readHuffman(at, next);
      else if (!this.huffman) corrupt('no Huffman table');
      if (format === 0) this.#huffmanStream(at, next, 0, count);
      else this.#huffmanStreams(at, next, count);
    }
    return { next, count };
  }

  /** Reads a Huffman table, whose entries are `symbol << 4 | bits`; returns where it ends. */
  #readHuffman(at, end) {
    const { input } = this, head = input[at++], weights = [];
    if (at > end) corrupt('no Huffman table');
    const next = at + (head < 128 ? head : (head - 126) >> 1);
    if (next > end) corrupt('a Huffman table that is cut short');
    if (head < 128) this.#readWeights(at, next, weights);
    else for (let i = 0; i < head - 127; i++) weights.push(input[at + (i >> 1)] >> (i & 1 ? 0 : 4) & 15);
    const sum = weights.reduce((total, weight) => total + (1 << weight >> 1), 0);
    const log = 32 - Math.clz32(sum), rest = (1 << log) - sum;                  // the last weight makes a power of two
    if (sum === 0 || log > 11 || rest & (rest - 1)) corrupt('a wrong Huffman table');
    weights.push(32 - Math.clz32(rest));
    if (weights.filter((weight) => weight === 1).length < 2) corrupt('a wrong Huffman table');
    const table = new Uint16Array(1 << log);
    for (let weight = 1, place = 0; weight <= log; weight++) {
      weights.forEach((own, symbol) => {
        if (own === weight) table.fill(symbol << 4 | (log + 1 - weight), place, place += 1 << (weight - 1));
      });
    }
    this.huffman = { log, table };
    return next;
  }

  /** Weights that are packed by two FSE states in turn. */
  #readWeights(at, end, weights) {
    const [{ log, states }, start] = this.#readFse(at, end, 255, 6), { view } = this;
    let place = this.#bitsOf(start, end);
    const read = (bits) => (place -= bits, view.getUint32(start + (place >> 3), true) >>> (place & 7) & ((1 << bits) - 1));
    let state = states[read(log)], other = states[read(log)];
    if (place < 0) corrupt('Huffman weights that are cut short');
    for (; ; [state, other] = [other, state]) {
      weights.push(state >> 16);
      if (weights.length > 254) corrupt('too many Huffman weights');
      const bits = state >> 12 & 15;
      if (place < bits) break;
      state = states[(state & 4095) + read(bits)];
    }
    weights.push(other >> 16);
  }

  /** How many bits a stream has that is read from its end, where a 1 marks it. */
  #bitsOf(start, end) {
    if (end <= start || this.input[end - 1] === 0) corrupt('a stream without an end mark');
    return (end - start) * 8 - 1 - Math.clz32(this.input[end - 1] << 24);
  }

  /** Decodes literals from `to` up to `stop`: two for each load of 22 bits, of which each takes at most 11. */
  #huffmanStream(start, end, to, stop, place = this.#bitsOf(start, end)) {
    const { view } = this, { log, table } = this.huffman, mask = (1 << log) - 1, shift = 22 - log;
    for (; to < stop; to++) {
      if (place < 0) break;
      const word = view.getUint32(start + (place - 22 >> 3), true) >>> (place - 22 & 7), entry = table[word >>> shift & mask];
      LITERALS[to] = entry >> 4;
      place -= entry & 15;
    }
    if (place !== 0) corrupt('literals that do not end where their stream ends');
  }

  /** Four streams, each of a quarter of the literals, side by side as far as the last goes. */
  #huffmanStreams(at, end, count) {
    const { input, view } = this, { log, table } = this.huffman, mask = (1 << log) - 1, shift = 22 - log;
    const part = (count + 3) >> 2, length = count - 3 * part;
    if (at + 6 > end || count < 6 || length < 0) corrupt('four streams of too few literals');
    const s0 = at + 6, s1 = s0 + (input[at] | input[at + 1] << 8), s2 = s1 + (input[at + 2] | input[at + 3] << 8);
    const s3 = s2 + (input[at + 4] | input[at + 5] << 8);
    if (s3 > end) corrupt('streams that run past the literals');
    let p0 = this.#bitsOf(s0, s1), p1 = this.#bitsOf(s1, s2), p2 = this.#bitsOf(s2, s3), p3 = this.#bitsOf(s3, end), i = 0;
    for (; i + 1 < length && (p0 | p1 | p2 | p3) >= 0; i += 2) {
      const w0 = view.getUint32(s0 + (p0 - 22 >> 3), true) >>> (p0 - 22 & 7), a0 = table[w0 >>> shift & mask];
      const w1 = view.getUint32(s1 + (p1 - 22 >> 3), true) >>> (p1 - 22 & 7), a1 = table[w1 >>> shift & mask];
      const w2 = view.getUint32(s2 + (p2 - 22 >> 3), true) >>> (p2 - 22 & 7), a2 = table[w2 >>> shift & mask];
      const w3 = view.getUint32(s3 + (p3 - 22 >> 3), true) >>> (p3 - 22 & 7), a3 = table[w3 >>> shift & mask];
      const b0 = table[w0 >>> (shift - (a0 & 15)) & mask], b1 = table[w1 >>> (shift - (a1 & 15)) & mask];
      const b2 = table[w2 >>> (shift - (a2 & 15)) & mask], b3 = table[w3 >>> (shift - (a3 & 15)) & mask];
      LITERALS[i] = a0 >> 4;
      LITERALS[i + 1] = b0 >> 4;
      LITERALS[i + part] = a1 >> 4;
      LITERALS[i + part + 1] = b1 >> 4;
      LITERALS[i + 2 * part] = a2 >> 4;
      LITERALS[i + 2 * part + 1] = b2 >> 4;
      LITERALS[i + 3 * part] = a3 >> 4;
      LITERALS[i + 3 * part + 1] = b3 >> 4;
      p0 -= (a0 & 15) + (b0 & 15);
      p1 -= (a1 & 15) + (b1 & 15);
      p2 -= (a2 & 15) + (b2 & 15);
      p3 -= (a3 & 15) + (b3 & 15);
    }
    this.#huffmanStream(s0, s1, i, part, p0);
    this.#huffmanStream(s1, s2, i + part, 2 * part, p1);
    this.#huffmanStream(s2, s3, i + 2 * part, 3 * part, p2);
    this.#huffmanStream(s3, end, i + 3 * part, count, p3);
  }

  /** Reads the description of an FSE table; returns it, and where it ends. */
  #readFse(at, end, symbols, mostLog) {
    const { view } = this, distribution = [];
    let place = 0;
    const peek = (bits) => view.getUint32(at + (place >> 3), true) >>> (place & 7) & ((1 << bits) - 1);
    const log = peek(4) + 5;
    if (at >= end || log > mostLog) corrupt('an FSE table of a wrong size');
    place = 4;
    for (let left = 1 << log; left > 0;) {
      const bits = 32 - Math.clz32(left + 1), few = (1 << bits) - 2 - left;     // values below few have a bit less
      let value = peek(bits - 1);
      if (value < few) place += bits - 1;
      else {
        value = peek(bits);
        if (value >= 1 << (bits - 1)) value -= few;
        place += bits;
      }
      distribution.push(value - 1);
      left -= Math.abs(value - 1);
      for (let zeros = value === 1 ? 3 : 0; zeros === 3;) {
        zeros = peek(2);
        place += 2;
        for (let i = 0; i < zeros; i++) distribution.push(0);
        if (distribution.length > symbols + 1) break;
      }
      if (left < 0 || place > 8 * (end - at) || distribution.length > symbols + 1) corrupt('a wrong FSE table');
    }
    return [fseTable(distribution, log), at + (place + 7 >> 3)];
  }

  /** Reads the three tables of sequences; returns where they end. */
  #readTables(at, end) {
    const modes = this.input[at++];
    if (at > end || modes & 3) corrupt('wrong modes of sequences');
    KINDS.forEach(({ symbols, log, table }, kind) => {
      const mode = modes >> (6 - 2 * kind) & 3;
      if (mode === RAW) this.tables[kind] = table;
      else if (mode === RLE) {
        const symbol = this.input[at++];
        if (at > end || symbol > symbols) corrupt('a wrong symbol of sequences');
        this.tables[kind] = { log: 0, states: Int32Array.of(symbol << 16) };
      } else if (mode === FSE) [this.tables[kind], at] = this.#readFse(at, end, symbols, log);
      else if (!this.tables[kind]) corrupt('no table to use again');
    });
    return at;
  }

  /** Takes the sequences of a block from at to end: copies literals and matches; returns how many literals were used.

      A number of n bits is `load at place - n, shift, mask`; it is written out each time, as calls cost too much. */
  #sequences(at, end, literals) {
    const { input, out, outView, size } = this;
    if (at >= end) corrupt('a block without sequences');
    let count = input[at++];
    if (count === 255) count = (input[at] | input[at + 1] << 8) + 0x7f00, at += 2;
    else if (count > 127) count = (count - 128) << 8 | input[at++];
    if (at > end || (count === 0 && at < end)) corrupt('a wrong number of sequences');
    if (count === 0) return 0;
    at = this.#readTables(at, end);
    const [{ states: lengths, log: lengthLog }, { states: offsets, log: offsetLog }, { states: matches, log: matchLog }] = this.tables;
    const view = new DataView(input.buffer, at - SLACK), start = 8 * SLACK;       // places are bits of it
    let place = start + this.#bitsOf(at, end), used = 0, done = this.done, [r0, r1, r2] = this.repeated;
    place -= lengthLog;
    let length = lengths[view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[lengthLog]];
    place -= offsetLog;
    let offset = offsets[view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[offsetLog]];
    place -= matchLog;
    let match = matches[view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[matchLog]];
    if (place < start) corrupt('sequences that are cut short');
    for (; ;) {
      let bits = offset >> 16, distance = 1 << bits;
      if (bits > 25) {                                          // no window reaches so far, but a tile does
        if (bits > 28) corrupt('a match outside of what there is');
        place -= bits -= 16;
        distance |= (view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[bits]) << 16;
        bits = 16;
      }
      place -= bits;
      distance |= view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[bits];
      bits = MATCH_BITS[match >> 16];
      place -= bits;
      const copied = MATCH_BASE[match >> 16] + (view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[bits]) | 0;
      bits = LENGTH_BITS[length >> 16];
      place -= bits;
      const literal = LENGTH_BASE[length >> 16] + (view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[bits]) | 0;
      if (distance > 3) {
        distance -= 3;
        r2 = r1, r1 = r0, r0 = distance;
      } else {                                                  // one of the last three distances
        const which = literal > 0 ? distance - 1 : distance;
        distance = which === 0 ? r0 : which === 1 ? r1 : which === 2 ? r2 : r0 - 1;
        if (which > 1) r2 = r1;
        if (which > 0) r1 = r0, r0 = distance;
      }
      const source = done + literal - distance | 0, stop = done + literal + copied | 0;
      if (place < start || used + literal > literals || stop > size) corrupt('sequences that run past an end');
      if (source < 0 || distance === 0) corrupt('a match outside of what there is');
      if (literal > 64) out.set(LITERALS.subarray(used, used + literal), done);
      else for (let i = 0; i < literal; i += 4) outView.setUint32(done + i, LITERALS_VIEW.getUint32(used + i, true), true);
      used = used + literal | 0;
      done = done + literal | 0;
      if (copied > 64 && distance >= copied) out.copyWithin(done, source, source + copied);
      else if (distance > 3) {
        for (let i = source; done < stop; done += 4, i += 4) outView.setUint32(done, outView.getUint32(i, true), true);
      } else {
        for (let i = source; done < stop;) out[done++] = out[i++];
      }
      done = stop;
      if (--count === 0) break;
      bits = length >> 12 & 15;
      place -= bits;
      length = lengths[(length & 4095) + (view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[bits])];
      bits = match >> 12 & 15;
      place -= bits;
      match = matches[(match & 4095) + (view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[bits])];
      bits = offset >> 12 & 15;
      place -= bits;
      offset = offsets[(offset & 4095) + (view.getUint32(place >> 3, true) >>> (place & 7) & MASKS[bits])];
    }
    if (place !== start) corrupt('sequences that do not end where their bits do');
    this.done = done;
    this.repeated = [r0, r1, r2];
    return used;
  }
}
