/* Shows KMF pictures in <img>, in browsers that know nothing of KMF:

     <script type="module" src="kmf-img.js"></script>
     <img src="picture.kmf" alt="A lake">

   Each image whose source ends in .kmf, also one that is added or changed later, is fetched, decoded, and given a PNG of
   the same palette and pixels instead, so that styles, `alt`, `loading="lazy"` and "Save image as" go on working. Other
   sources need an attribute: <img data-kmf="picture?id=7">. What can't be shown keeps its alt text; a `kmf-error` event
   that bubbles has the error as its `detail`. */

import { decode } from './kmf.js';
import { toPng } from './kmf-png.js';

const asked = new WeakMap(), shown = new WeakMap();             // by image: the latest source, and the URL of its PNG

/** Fetches a KMF picture, and shows it in an image unless that was asked for another meanwhile; throws what went wrong. */
export async function show(image, url, options) {
  asked.set(image, url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const png = await toPng(decode(await response.arrayBuffer(), options));
  if (asked.get(image) !== url) return;
  URL.revokeObjectURL(shown.get(image));                        // that of the picture before; this one can be saved
  shown.set(image, URL.createObjectURL(png));
  image.removeAttribute('srcset');
  image.src = shown.get(image);
  await image.decode();
}

const sourceOf = (image) => image.dataset.kmf ?? (/\.kmf([?#]|$)/i.test(image.getAttribute('src') ?? '') ? image.getAttribute('src') : undefined);

function take(image) {
  const url = sourceOf(image);
  if (url === undefined || asked.get(image) === url) return;
  asked.set(image, url);
  const start = () => asked.get(image) === url && show(image, url).catch((detail) => {
    console.error(detail);
    image.dispatchEvent(new CustomEvent('kmf-error', { detail, bubbles: true }));
  });
  if (image.loading === 'lazy') {
    const watching = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) watching.disconnect(), start();
    }, { rootMargin: '50%' });
    watching.observe(image);
  } else {
    start();
  }
}

function takeAll(node) {
  if (node.localName === 'img') take(node);
  else node.querySelectorAll?.('img').forEach(take);
}

takeAll(document);
new MutationObserver((records) => {
  for (const { type, target, addedNodes } of records) (type === 'attributes' ? [target] : addedNodes).forEach(takeAll);
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['src', 'data-kmf'] });
