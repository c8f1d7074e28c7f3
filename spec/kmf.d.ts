/** Types of kmf.js, the KMF decoder. */

/** What is wrong with a file. */
export class KmfError extends Error {
  readonly name: 'KmfError';
  /** The error's name in section 5 of the spec, such as `tile-checksum`. */
  readonly code: string;
  constructor(code: string, message: string);
}

/** [left, top, right, bottom] in pixels, from the top left; those at right and bottom are not in it. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** R, G, B or, if the image has alpha, R, G, B, A: each 0 to 255, alpha not premultiplied. */
export type Color = readonly number[];

export interface Chunk {
  /** Four characters, such as `iccp`. */
  readonly type: string;
  /** A view of the file's bytes. */
  readonly payload: Uint8Array;
}

/** What `ImageData` takes: `Uint8ClampedArray`, since TypeScript 5.7 that of an `ArrayBuffer`. */
type Rgba = ReturnType<Uint8ClampedArrayConstructor['from']>;

/** A decoded image, or what of it lies in a box. */
export interface KmfImage {
  readonly width: number;
  readonly height: number;
  /** 1 to 256 colours. */
  readonly palette: readonly Color[];
  /** Whether colours have alpha. */
  readonly alpha: boolean;
  /** The place in the palette of each pixel, row by row: width x height bytes. */
  readonly indices: Uint8Array;
  /** R, G, B, A of each pixel, row by row, as `ImageData` takes them; made when first asked for. */
  readonly rgba: Rgba;
  /** All chunks of the file, in their order: metadata, and tables of the format. */
  readonly chunks: readonly Chunk[];
}

/** Where a tile is, in pixels, and how it is stored. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly method: 'stored' | 'zstd' | 'compact' | 'dense';
  /** Its bytes in the file. */
  readonly length: number;
}

/** A file whose head has been read and checked. */
export interface KmfFile {
  readonly width: number;
  readonly height: number;
  readonly palette: readonly Color[];
  readonly alpha: boolean;
  /** Bits of each index in stored and zstd tiles: 1, 2, 4 or 8. */
  readonly bits: number;
  readonly chunks: readonly Chunk[];
  /** Pixels of a tile, but for those cut off at the right and the bottom. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Tiles side by side, one below the other, and in all; they are numbered row by row, from 0. */
  readonly columns: number;
  readonly rows: number;
  readonly tiles: number;
  /** Where tile i is; a RangeError if there is no such tile. */
  tile(i: number): Tile;
  /** The indices of tile i, row by row. Throws a KmfError if it is damaged. */
  decodeTile(i: number): Uint8Array;
  /** The image, or what of it lies in a box, from those tiles alone that share a pixel with it. */
  decode(box?: Box): KmfImage;
  /** Smaller copies of the image, largest first, if the file has any; each has a palette of its own. */
  readonly overviews: readonly KmfFile[];
}

export interface DecodeOptions {
  /** The most pixels to decode, `DEFAULT_MAX_PIXELS` unless told otherwise; more is the error `limit`. */
  maxPixels?: number;
  /** Decode these pixels only. The limit is on the pixels of the tiles that share one with it. */
  box?: Box;
}

/** 2^28. */
export const DEFAULT_MAX_PIXELS: number;

/** Decodes a file. Throws a KmfError if it is none, a RangeError if the box is not inside the image. */
export function decode(bytes: Uint8Array | ArrayBuffer, options?: DecodeOptions): KmfImage;

/** Reads the head of a file, and checks it; pixels are decoded tile by tile, or by boxes. */
export function open(bytes: Uint8Array | ArrayBuffer): KmfFile;

/** R, G, B, A of indices, in the colours of a palette. */
export function colorsOf(palette: readonly Color[], indices: Uint8Array): Rgba;

/** The CRC-32 of zlib and PNG, of bytes or of these after others whose CRC-32 is `seed`. */
export function crc32(bytes: Uint8Array, seed?: number): number;
