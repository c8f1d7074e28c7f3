/** Types of kmf-img.js, which shows KMF pictures in <img>. */

import type { DecodeOptions } from './kmf.js';

/** Fetches a KMF picture, and shows it in an image; rejects with a KmfError or what else went wrong. */
export function show(image: HTMLImageElement, url: string | URL, options?: DecodeOptions): Promise<void>;
