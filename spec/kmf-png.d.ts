/** Types of kmf-png.js, which makes PNG files of KMF images. */

import type { KmfImage } from './kmf.js';

/** Makes a PNG of an image: palette, alpha and pixels are the same, bit for bit; ICC profile and EXIF go along. */
export function toPng(image: KmfImage): Promise<Blob>;
