/* What stands beside a picture: its colours, which can be pointed at and chosen, and facts about the file. */

const number = new Intl.NumberFormat('en');

/** The name of a colour: #rrggbb or, if it is not opaque, #rrggbbaa. */
export const hexOf = ([...channels]) => `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;

/** The names of the palette's entries, from the chunk `name`; empty where there are none. */
export function namesOf({ chunks, palette }) {
  const payload = chunks.find(({ type }) => type === 'name')?.payload, names = [];
  for (let at = 0; payload && at < payload.length && names.length < palette.length;) {
    names.push(new TextDecoder().decode(payload.subarray(at + 1, at += 1 + payload[at])));
  }
  return names;
}

/** Colours as buttons: `marked` is called with the colour that is pointed at, if any, and the set of those to keep. */
export class Palette {
  #kept = new Set();
  #only;

  constructor(element, all, marked) {
    Object.assign(this, { element, all, marked });
    all.addEventListener('click', () => this.keepAll());
    element.addEventListener('pointerover', ({ target, pointerType }) => {
      if (pointerType === 'mouse') this.#point(target.closest('button'));
    });
    element.addEventListener('pointerleave', () => this.#point());
    element.addEventListener('focusin', ({ target }) => target.matches(':focus-visible') && this.#point(target.closest('button')));
    element.addEventListener('focusout', () => this.#point());
    element.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button) this.#keep(Number(button.dataset.index), event.ctrlKey || event.metaKey || event.shiftKey);
    });
  }

  /** Shows the colours of a picture, or none. */
  show(picture) {
    this.#kept = new Set();
    this.#only = undefined;
    const names = picture ? namesOf(picture.file) : [];
    this.element.replaceChildren(...(picture?.palette ?? []).map((color, i) => {
      const button = document.createElement('button');
      button.dataset.index = i;
      button.style.setProperty('--color', hexOf(color));
      button.className = picture.palette.length <= 4 ? 'few' : '';
      return button;
    }));
    this.names = names;
    this.element.classList.toggle('many', this.element.children.length > 64);
    this.describe(picture);
    this.#mark();
  }

  /** Says of each colour what it is, and how many pixels have it, as far as that is known. */
  describe(picture) {
    for (const button of this.element.children) {
      const i = Number(button.dataset.index);
      const uses = picture.allCounted ? `, ${number.format(picture.uses[i])} pixel${picture.uses[i] === 1 ? '' : 's'}` : '';
      button.title = `${i}: ${hexOf(picture.palette[i])}${this.names[i] ? ` ${this.names[i]}` : ''}${uses}`;
      button.setAttribute('aria-label', `Colour ${button.title}`);
    }
  }

  /** Marks the colour of the pixel that is pointed at. */
  showIndex(index) {
    for (const button of this.element.children) button.classList.toggle('here', Number(button.dataset.index) === index);
  }

  keepAll() {
    this.#kept.clear();
    this.#mark();
  }

  #point(button) {
    const only = button ? Number(button.dataset.index) : undefined;
    if (only === this.#only) return;
    this.#only = only;
    this.#mark();
  }

  #keep(index, more) {
    const alone = this.#kept.has(index) && this.#kept.size === 1;
    if (more && !this.#kept.delete(index)) this.#kept.add(index);
    else if (!more) this.#kept = new Set(alone ? [] : [index]);
    this.#only = undefined;                                     // what was clicked is to be seen as it is
    this.#mark();
  }

  #mark() {
    for (const button of this.element.children) button.setAttribute('aria-pressed', this.#kept.has(Number(button.dataset.index)));
    this.element.classList.toggle('some', this.#kept.size > 0);
    this.all.hidden = this.#kept.size === 0;
    this.marked({ only: this.#only, kept: this.#kept });
  }
}

/** What there is to say of a picture, as pairs of a name and a text. */
export function factsOf({ file, uses, allCounted }, name, bytes, originalBytes) {
  const { width, height, palette, alpha, chunks } = file, pixels = width * height;
  const unused = allCounted ? uses.filter((count) => count === 0).length : 0;
  return [
    ['file', name],
    ['pixels', `${number.format(width)} x ${number.format(height)}`],
    ['size', `${number.format(bytes)} bytes, ${(bytes * 8 / pixels).toPrecision(3)} bits a pixel`],
    ...(originalBytes ? [['original', `${number.format(originalBytes)} bytes, ${(originalBytes / bytes).toPrecision(3)} times as many`]] : []),
    ['colours', `${palette.length}${alpha ? ', with alpha' : ''}${unused ? `, ${unused} of them not used` : ''}`],
    ...(chunks.some(({ type }) => type === 'iccp') ? [['profile', 'shown as if it were sRGB; the PNG keeps it']] : []),
  ];
}

/** What there is to say to those who know the format: how the picture is stored. */
export function detailsOf(file) {
  const { bits, tiles, tileWidth, tileHeight, chunks, overviews } = file, methods = {};
  for (let i = 0; i < tiles; i++) {
    const { method } = file.tile(i);
    methods[method] = (methods[method] ?? 0) + 1;
  }
  return [
    ['tiles', tiles === 1 ? Object.keys(methods)[0] : `${number.format(tiles)} of ${tileWidth} x ${tileHeight}: ${Object.entries(methods).map(([method, count]) => `${number.format(count)} ${method}`).join(', ')}`],
    ...(methods.stored || methods.zstd ? [['indices', `${bits} bit${bits === 1 ? '' : 's'} each`]] : []),
    ...(chunks.length ? [['chunks', chunks.map(({ type, payload }) => `${type} (${number.format(payload.length)} bytes)`).join(', ')]] : []),
    ...(overviews.length ? [['overviews', overviews.map((each) => `${each.width} x ${each.height}`).join(', ')]] : []),
  ];
}
