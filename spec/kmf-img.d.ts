/** Types of kmf-img.js, which shows KMF pictures in <img>. */

import type { DecodeOptions } from './kmf.js';

declare global {
  /** Tells of a picture that can't be shown, by what went wrong; it bubbles from the image. */
  interface HTMLElementEventMap { 'kmf-error': CustomEvent<Error> }
  interface DocumentEventMap { 'kmf-error': CustomEvent<Error> }
  interface WindowEventMap { 'kmf-error': CustomEvent<Error> }
}

/** Fetches a KMF picture, and shows it in an image; rejects with a KmfError or what else went wrong. */
export function show(image: HTMLImageElement, url: string | URL, options?: DecodeOptions): Promise<void>;
