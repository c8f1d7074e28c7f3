/* The canvas that pictures are on: what of them is in sight, and moving it by pointers, wheel and keys.

   `view` says where the picture's corner is, and how wide each of its pixels, in pixels of the canvas: those of the
   screen, of which `devicePixelRatio` make one of CSS. */

const BUSY = 300, WORK = 10, LONGER = 50, REDRAW = 200;          // ms; work between frames is longer if nothing moves
const MOST_ZOOM = 256, STEP = 1.25, GRID_FROM = 8;              // lines between pixels from 8 times on

export class Stage {
  view = { x: 0, y: 0, zoom: 1 };
  size = undefined;                                             // of the picture: [width, height]
  paint = () => {};                                             // draws it
  work = () => false;                                           // does what is to be done until a time; says whether there is more
  moved = () => {};                                             // called when the view has changed
  #pointers = new Map();
  #corner = [0, 0];                                             // that of the view, before it is put on whole pixels
  #fitted = true;
  #frame = 0;
  #due = false;                                                 // to be drawn
  #unseen = false;                                              // something was made since it was drawn
  #drawn = 0;                                                   // when, in ms
  #touched = 0;                                                 // when the view was last changed

  constructor(canvas, { hover, tap }) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    new ResizeObserver(() => this.#resize()).observe(canvas);
    canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.zoomBy(2 ** (-event.deltaY * (event.ctrlKey ? 10 : event.deltaMode ? 16 : 1) / 400), this.#place(event));
    }, { passive: false });
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button > 1) return;
      canvas.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, { at: this.#place(event), start: this.#place(event) });
    });
    canvas.addEventListener('pointermove', (event) => {
      hover(this.pixelAt(this.#place(event)));
      if (this.#pointers.has(event.pointerId)) this.#drag(event.pointerId, this.#place(event));
    });
    canvas.addEventListener('pointerup', (event) => {
      const pointer = this.#pointers.get(event.pointerId);
      if (pointer && Math.hypot(pointer.at[0] - pointer.start[0], pointer.at[1] - pointer.start[1]) < 4 * devicePixelRatio) tap(this.pixelAt(pointer.at));
      this.#pointers.delete(event.pointerId);
    });
    canvas.addEventListener('pointercancel', (event) => this.#pointers.delete(event.pointerId));
    canvas.addEventListener('pointerleave', ({ pointerType }) => { if (pointerType !== 'touch') hover(undefined); });
    canvas.addEventListener('dblclick', () => this.fit());
  }

  /** Shows a picture of some size, all of it; or as before, if it is as large as the one before. */
  show(size) {
    const same = this.size && size && size.every((side, i) => side === this.size[i]);
    this.size = size;
    if (same) this.redraw();
    else this.fit();
  }

  fit() {
    if (!this.size) return this.redraw();
    const [width, height] = this.size, { width: seenWidth, height: seenHeight } = this.canvas;
    const zoom = Math.min(seenWidth / width, seenHeight / height, MOST_ZOOM);
    this.#look(zoom > 1 ? Math.floor(zoom) : zoom, [width / 2, height / 2], [seenWidth / 2, seenHeight / 2]);
    this.#fitted = true;
  }

  /** Zooms to so many pixels of the screen for each of the picture. */
  zoomTo(zoom, place = [this.canvas.width / 2, this.canvas.height / 2]) {
    if (!this.size) return;
    const { view } = this;
    this.#look(zoom, [(place[0] - view.x) / view.zoom, (place[1] - view.y) / view.zoom], place);
  }

  zoomBy(factor, place) { this.zoomTo(this.view.zoom * factor, place); }

  zoomIn() { this.zoomBy(STEP); }

  zoomOut() { this.zoomBy(1 / STEP); }

  panBy(x, y) {
    if (!this.size) return;
    this.#move(this.#corner[0] + x, this.#corner[1] + y);
  }

  /** Draws at the next frame, and then works on what was missing, frame by frame, and draws again when that is due. */
  redraw() {
    this.#due = true;
    this.#frame ||= requestAnimationFrame(() => this.#step());
  }

  #step() {
    const { canvas, context, size } = this, start = performance.now();
    this.#frame = 0;
    if (this.#due || start - this.#drawn > REDRAW) {
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (size) this.paint(context, this.view);
      this.#due = false;
      this.#drawn = start;
    }
    const more = size && this.work(performance.now() + (start - this.#touched < BUSY ? WORK : LONGER));
    if (more) this.#frame = requestAnimationFrame(() => this.#step());
    else if (this.#unseen) this.redraw();
    this.#unseen = more;
  }

  /** The pixel of the picture at a place of the canvas, or undefined outside. */
  pixelAt([x, y]) {
    if (!this.size) return undefined;
    const pixel = [Math.floor((x - this.view.x) / this.view.zoom), Math.floor((y - this.view.y) / this.view.zoom)];
    return pixel.every((at, i) => at >= 0 && at < this.size[i]) ? pixel : undefined;
  }

  /** Draws lines around tiles and, where they are large enough, around pixels. */
  drawGrid(context, { x, y, zoom }, { tileWidth, tileHeight }) {
    const [width, height] = this.size;
    const lines = (step, style) => {
      context.beginPath();
      context.strokeStyle = style;
      const { width: seenWidth, height: seenHeight } = context.canvas, right = Math.min(seenWidth, x + width * zoom), bottom = Math.min(seenHeight, y + height * zoom);
      for (let at = Math.max(0, Math.ceil(-x / zoom / step[0]) * step[0]); at <= width && x + at * zoom <= seenWidth; at += step[0]) {
        context.moveTo(Math.round(x + at * zoom) + 0.5, Math.max(0, y));
        context.lineTo(Math.round(x + at * zoom) + 0.5, bottom);
      }
      for (let at = Math.max(0, Math.ceil(-y / zoom / step[1]) * step[1]); at <= height && y + at * zoom <= seenHeight; at += step[1]) {
        context.moveTo(Math.max(0, x), Math.round(y + at * zoom) + 0.5);
        context.lineTo(right, Math.round(y + at * zoom) + 0.5);
      }
      context.stroke();
    };
    context.lineWidth = 1;
    if (zoom >= GRID_FROM) lines([1, 1], '#8886');
    if (Math.min(tileWidth, tileHeight) * zoom < 4) return;     // a grid that would hide all
    context.lineWidth = 3;
    lines([tileWidth, tileHeight], '#000a');
    context.lineWidth = 1;
    lines([tileWidth, tileHeight], '#ff0');
  }

  /** Zooms so that a point of the picture is at a place of the canvas. */
  #look(zoom, [pointX, pointY], [placeX, placeY]) {
    const [width, height] = this.size;
    const least = Math.min(1, 0.5 * Math.min(this.canvas.width / width, this.canvas.height / height));
    this.view.zoom = Math.min(MOST_ZOOM, Math.max(least, zoom));
    this.#move(placeX - pointX * this.view.zoom, placeY - pointY * this.view.zoom);
  }

  /** Moves the picture's corner, on whole pixels, and leaves some of it in sight. */
  #move(x, y) {
    const { view, canvas, size } = this, some = 32 * devicePixelRatio;
    const held = (at, extent, seen) => Math.min(seen - some, Math.max(some - extent, at));
    this.#corner = [held(x, size[0] * view.zoom, canvas.width), held(y, size[1] * view.zoom, canvas.height)];
    [view.x, view.y] = this.#corner.map(Math.round);
    this.#fitted = false;
    this.#touched = performance.now();
    this.moved();
    this.redraw();
  }

  /** One pointer moves the picture; two move and zoom it. */
  #drag(id, place) {
    const pointer = this.#pointers.get(id), other = [...this.#pointers].find(([key]) => key !== id)?.[1];
    const before = pointer.at;
    pointer.at = place;
    if (!other) return this.panBy(place[0] - before[0], place[1] - before[1]);
    const span = (at) => Math.hypot(at[0] - other.at[0], at[1] - other.at[1]);
    const middle = (at) => [(at[0] + other.at[0]) / 2, (at[1] + other.at[1]) / 2];
    this.panBy(middle(place)[0] - middle(before)[0], middle(place)[1] - middle(before)[1]);
    if (span(before) > 0) this.zoomBy(span(place) / span(before), middle(place));
  }

  #place(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return [(event.clientX - left) * devicePixelRatio, (event.clientY - top) * devicePixelRatio];
  }

  #resize() {
    const { canvas } = this, box = canvas.getBoundingClientRect();
    const [width, height] = [box.width, box.height].map((side) => Math.round(side * devicePixelRatio));
    if (width === canvas.width && height === canvas.height) return;
    const fitted = this.#fitted;
    Object.assign(canvas, { width: Math.max(1, width), height: Math.max(1, height) });
    if (fitted) this.fit();
    else this.redraw();
  }
}
