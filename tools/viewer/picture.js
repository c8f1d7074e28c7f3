/* A KMF file as it is drawn: in patches of SIDE x SIDE pixels, at levels of detail.

   A pixel of level n stands for 2^n x 2^n pixels of the image. Patches of level 0 are made from the tiles that they
   touch, those above from four of the level below, and both only when they are in sight, some milliseconds at a time.
   So an image of any size takes as much memory as the screen asks for. */

import { colorsOf } from '../../spec/kmf.js';

const SIDE = 512;
const MOST_PATCHES = 192;                                       // of 1 MB each
const MOST_PIXELS = 2 ** 25;                                    // of tiles that are kept as indices, a byte each
const COUNTED_PIXELS = 2 ** 26;                                 // images up to this size are decoded whole, at leisure
const DIMMED = 0.12;

/** A map that forgets what was not used for longest, when the sum of sizes is more than `most`. */
class Cache {
  #entries = new Map();
  #used = 0;

  constructor(most) { this.most = most; }

  get(key) {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key, value, size = 1) {
    this.#used += size - (this.#entries.get(key)?.size ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, { value, size });
    for (const [old, entry] of this.#entries) {
      if (this.#used <= this.most || old === key) return;
      this.#entries.delete(old);
      this.#used -= entry.size;
    }
  }
}

export class Picture {
  #tiles = new Cache(MOST_PIXELS);
  #patches = new Cache(MOST_PATCHES);
  #wanted = new Map();                                          // what the last drawing lacked, by key
  #version = 0;                                                 // of the colours that are shown
  #words;
  #counted;
  #nextCounted = 0;
  #damaged = new Set();                                         // tiles
  #marked = false;
  #source = this;                                               // what the last drawing showed: this, or an overview

  /** Takes a file that was opened; `changed` is called when there is more to say of it. */
  constructor(file, changed = () => {}) {
    this.file = file;
    this.changed = changed;
    const { width, height, palette, tiles } = file;
    Object.assign(this, { width, height, palette });
    this.uses = new Float64Array(palette.length);               // how many pixels have each colour, so far
    this.#counted = new Uint8Array(tiles);
    this.error = undefined;                                     // that of the first damaged tile that was met
    this.overviews = file.overviews.map((each) => new Picture(each));
    this.mark({});
  }

  /** Whether `uses` is complete. */
  get allCounted() { return this.#nextCounted === this.#counted.length; }

  /** Dims all colours but `only` (a place in the palette), and hides all but those of the set `kept`, if it has any. */
  mark({ only, kept = new Set() }) {
    const palette = this.palette.map(([red, green, blue, alpha = 255], i) => [
      red, green, blue, kept.size > 0 && !kept.has(i) ? 0 : only !== undefined && only !== i ? alpha * DIMMED : alpha,
    ]);
    this.#words = new Uint32Array(colorsOf(palette, Uint8Array.from(palette.keys())).buffer);
    this.#marked = only !== undefined || kept.size > 0;
    this.#version++;
  }

  /** The index at a pixel, or undefined where the tile is damaged. */
  indexAt(x, y) {
    const { tileWidth, tileHeight, columns } = this.file;
    const i = Math.floor(y / tileHeight) * columns + Math.floor(x / tileWidth), { left, top, width } = this.file.tile(i);
    return this.#indices(i)?.[(y - top) * width + x - left];
  }

  /** Draws what of the image is in sight: its corner at (x, y), and each pixel `zoom` wide, in those of the canvas. */
  draw(context, { x, y, zoom }) {
    const overview = this.#marked ? undefined : this.overviews.findLast(({ width }) => width >= this.width * zoom);
    this.#source = overview ?? this;
    if (overview) overview.draw(context, { x, y, zoom: zoom * this.width / overview.width });
    else this.#draw(context, x, y, zoom);
  }

  #draw(context, x, y, zoom) {
    const { width: seenWidth, height: seenHeight } = context.canvas;
    const level = Math.max(0, Math.floor(Math.log2(1 / zoom) + 0.01)), side = SIDE * 2 ** level, size = side * zoom;
    context.imageSmoothingEnabled = zoom < 1;
    context.imageSmoothingQuality = 'medium';
    this.#wanted.clear();
    const first = (start) => Math.max(0, Math.floor(-start / size));
    const end = (start, seen, most) => Math.min(Math.ceil(most / side), Math.ceil((seen - start) / size));
    for (let row = first(y); row < end(y, seenHeight, this.height); row++) {
      for (let column = first(x); column < end(x, seenWidth, this.width); column++) {
        const patch = this.#patches.get(`${level}/${column}/${row}`);
        if (patch?.version !== this.#version) this.#wanted.set(`${level}/${column}/${row}`, [level, column, row]);
        this.#drawPatch(context, [level, column, row], { x, y, zoom });
      }
    }
  }

  /** Draws a patch or, while it is not there, one of a higher level in its place, or those that there are of lower ones. */
  #drawPatch(context, [level, column, row], view) {
    const box = this.#boxOf(level, column, row);
    for (let above = level; above === level || SIDE * 2 ** (above - 1) < Math.max(this.width, this.height); above++) {
      const place = [column, row].map((at) => at >> (above - level)), patch = this.#patches.get(`${above}/${place.join('/')}`);
      if (patch) return drawBox(context, patch.canvas, box, place.map((at) => at * SIDE * 2 ** above), 2 ** -above, view);
    }
    this.#drawFiner(context, [level, column, row], view);
  }

  #drawFiner(context, [level, column, row], view) {
    const patch = this.#patches.get(`${level}/${column}/${row}`), box = this.#boxOf(level, column, row);
    if (patch) return drawBox(context, patch.canvas, box, box, 2 ** -level, view);
    for (let i = 0; level > 0 && i < 4; i++) this.#drawFiner(context, [level - 1, 2 * column + i % 2, 2 * row + (i >> 1)], view);
  }

  /** The box of a patch, in pixels of the image: left, top, right, bottom. */
  #boxOf(level, column, row) {
    const side = SIDE * 2 ** level;
    return [column * side, row * side, Math.min(this.width, (column + 1) * side), Math.min(this.height, (row + 1) * side)];
  }

  /** Works on what the last drawing lacked, then on what is not yet counted, until `deadline`.

      Says whether to draw again: there is something new to be seen, or more to be done. */
  work(deadline) {
    if (this.#source !== this && this.#source.work(deadline)) return true;
    let made = false;
    while (this.#source === this && this.#wanted.size > 0) {
      const [key, place] = this.#wanted.entries().next().value;
      if (this.#build(...place)) this.#wanted.delete(key);
      made = true;
      if (performance.now() > deadline) return true;
    }
    while (!this.allCounted && this.width * this.height <= COUNTED_PIXELS) {
      if (!this.#counted[this.#nextCounted]) this.#indices(this.#nextCounted);
      this.#nextCounted++;
      if (this.allCounted) this.changed();
      if (performance.now() > deadline) return true;
    }
    return made;
  }

  /** Makes a patch, or one step towards it; says whether it is there. */
  #build(level, column, row) {
    const side = SIDE * 2 ** level, left = column * side, top = row * side;
    const width = Math.ceil(Math.min(side, this.width - left) / 2 ** level), height = Math.ceil(Math.min(side, this.height - top) / 2 ** level);
    if (width <= 0 || height <= 0) return true;
    const half = side / 2, parts = [];
    for (let i = 0; level > 0 && i < 4; i++) {
      const x = 2 * column + i % 2, y = 2 * row + (i >> 1);
      if (x * half >= this.width || y * half >= this.height) continue;
      const part = this.#patches.get(`${level - 1}/${x}/${y}`);
      if (part?.version !== this.#version) return this.#build(level - 1, x, y) && false;
      parts.push([part.canvas, i % 2 * SIDE / 2, (i >> 1) * SIDE / 2, part.canvas.width / 2, part.canvas.height / 2]);
    }
    const canvas = Object.assign(document.createElement('canvas'), { width, height }), context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    parts.forEach((part) => context.drawImage(...part));
    if (level === 0) this.#paint(context, left, top, width, height);
    this.#patches.set(`${level}/${column}/${row}`, { canvas, version: this.#version });
    return true;
  }

  #paint(context, left, top, width, height) {
    const { tileWidth, tileHeight, columns } = this.file, words = this.#words, damaged = [];
    const pixels = new Uint32Array(width * height);
    for (let row = Math.floor(top / tileHeight); row * tileHeight < top + height; row++) {
      for (let column = Math.floor(left / tileWidth); column * tileWidth < left + width; column++) {
        const i = row * columns + column, tile = this.file.tile(i), indices = this.#indices(i);
        const fromX = Math.max(left, tile.left), toX = Math.min(left + width, tile.left + tile.width);
        const fromY = Math.max(top, tile.top), toY = Math.min(top + height, tile.top + tile.height);
        if (!indices) damaged.push([fromX - left, fromY - top, toX - fromX, toY - fromY]);
        for (let y = fromY; indices && y < toY; y++) {
          let from = (y - tile.top) * tile.width + fromX - tile.left, to = (y - top) * width + fromX - left;
          for (const stop = to + toX - fromX; to < stop;) pixels[to++] = words[indices[from++]];
        }
      }
    }
    context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
    context.fillStyle = '#d02';
    damaged.forEach((box) => context.fillRect(...box));
  }

  /** The indices of a tile, or undefined if it is damaged. */
  #indices(i) {
    const kept = this.#tiles.get(i);
    if (kept || this.#damaged.has(i)) return kept;
    try {
      const indices = this.file.decodeTile(i);
      this.#tiles.set(i, indices, indices.length);
      this.#count(i, indices);
      return indices;
    } catch (error) {
      if (error.name !== 'KmfError') throw error;
      this.#damaged.add(i);
      if (!this.error) {
        this.error = error;
        this.changed();
      }
      return undefined;
    }
  }

  #count(i, indices) {
    if (this.#counted[i]) return;
    this.#counted[i] = 1;
    const counts = new Uint32Array(256), others = new Uint32Array(256), last = indices.length - 1;
    for (let at = 0; at < last; at += 2) {                      // in turn, as neighbours are often of one colour
      counts[indices[at]]++;
      others[indices[at + 1]]++;
    }
    if (last % 2 === 0) counts[indices[last]]++;
    this.uses.forEach((_, index) => { this.uses[index] += counts[index] + others[index]; });
  }
}

/** Draws a box of the image from a canvas that begins at `corner` and holds it at a scale; edges on whole pixels, without seams. */
function drawBox(context, canvas, box, [cornerX, cornerY], scale, { x, y, zoom }) {
  const [left, top, right, bottom] = box.map((at, i) => Math.round((i % 2 ? y : x) + at * zoom));
  const [fromX, fromY] = [(box[0] - cornerX) * scale, (box[1] - cornerY) * scale];
  const [width, height] = [(box[2] - box[0]) * scale, (box[3] - box[1]) * scale];
  context.drawImage(canvas, fromX, fromY, Math.min(width, canvas.width - fromX), Math.min(height, canvas.height - fromY), left, top, right - left, bottom - top);
}
