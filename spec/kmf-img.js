/* Shows KMF pictures in <img>, in browsers that know nothing of KMF:

     <script type="module" src="kmf-img.js"></script>
     <img src="picture.kmf" alt="A lake">

   Each image whose source is a .kmf file, or a data: URL of one, also one that is added or changed later, is fetched,
   decoded, and given a PNG of the same palette and pixels instead, so that styles, `alt`, `loading="lazy"` and "Save
   image as" go on working. Other sources need an attribute, which counts for more than `src`:
   <img data-kmf="picture?id=7">. Where a picture can't be shown, its alt text is, or what else `src` names; a
   `kmf-error` event that bubbles has the error as its `detail`. */

import { decode } from './kmf.js';
import { toPng } from './kmf-png.js';

// By image: the `url` it is to show, if any; its attributes, `kmf` and `src`; the URL of the `png` made for it, if any.
// The page wants something else when the attributes have changed. A new wish is a new state.
const states = new WeakMap();

/** Fetches a KMF picture, and shows it in an image unless that was asked for another meanwhile; throws what went wrong. */
export async function show(image, url, options) {
  await load(image, expect(image, url), options);
}

async function load(image, state, options) {
  const response = await fetch(state.url);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const png = await toPng(decode(await response.arrayBuffer(), options));
  if (!isExpected(image, state)) return;
  URL.revokeObjectURL(state.png);                               // that of the picture before; this one can be saved
  state.src = state.png = URL.createObjectURL(png);
  image.removeAttribute('srcset');
  image.src = state.src;
  await image.decode();
}

function expect(image, url) {
  const state = { url, kmf: image.getAttribute('data-kmf'), src: image.getAttribute('src'), png: states.get(image)?.png };
  states.set(image, state);
  return state;
}

/** Whether an image is to show what it was to show in this state. */
const isExpected = (image, state) => states.get(image) === state
  && image.getAttribute('data-kmf') === state.kmf && image.getAttribute('src') === state.src;

/** Whether a source is a KMF file: by its name, or by its first bytes where a bundler wrote all of them into the page. */
const isKmf = (src) => /^data:/i.test(src) ? /^data:(image\/x-kmf[;,]|[^,]*;base64,i0tNR)/.test(src) : /\.kmf([?#]|$)/i.test(src);

/** Looks at an image that is new or has changed. */
function take(image) {
  if (states.has(image) && isExpected(image, states.get(image))) return;
  const src = image.getAttribute('src') ?? '', state = expect(image, image.dataset.kmf ?? (isKmf(src) ? src : undefined));
  const start = () => isExpected(image, state) && load(image, state).catch((error) => fail(image, state, error));
  if (state.url === undefined) {
    clear(image, state);
  } else if (image.loading === 'lazy') {
    const watching = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) watching.disconnect(), start();
    }, { rootMargin: '50%' });
    watching.observe(image);
  } else {
    start();
  }
}

/** Takes the picture before out of an image. */
function clear(image, state) {
  if (state.png === undefined) return;
  URL.revokeObjectURL(state.png);
  if (state.src === state.png) {
    state.src = null;
    image.removeAttribute('src');
  }
  state.png = undefined;
}

async function fail(image, state, detail) {
  const shows = state.kmf === null && await image.decode().then(() => true, () => false);     // a PNG by the name of a KMF, say
  if (shows || !isExpected(image, state)) return;
  clear(image, state);
  console.error(`${state.url.slice(0, 100)}:`, detail);
  image.dispatchEvent(new CustomEvent('kmf-error', { detail, bubbles: true }));
}

function takeAll(node) {
  if (node.localName === 'img') take(node);
  else node.querySelectorAll?.('img').forEach(take);
}

takeAll(document);
new MutationObserver((records) => {
  for (const { type, target, addedNodes } of records) (type === 'attributes' ? [target] : addedNodes).forEach(takeAll);
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['src', 'data-kmf'] });
