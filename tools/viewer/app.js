/* The viewer: files in, one of them on the stage, colours and facts beside it. */

import { open } from '../../spec/kmf.js';
import { toPng } from '../../spec/kmf-png.js';
import { Palette, detailsOf, factsOf, hexOf, namesOf } from './panel.js';
import { Picture } from './picture.js';
import { Stage } from './stage.js';

const BY_NAME = new Map();                                      // opened files: { name, bytes, picture, original }
const $ = (id) => document.getElementById(id);
let current, compared = 0.5, grid = false, comparing = true;

const stage = new Stage($('canvas'), { hover: tell, tap: tell });
const palette = new Palette($('palette'), $('all'), (marks) => {
  current?.picture.mark(marks);
  $('stage').classList.toggle('clear', marks.kept.size > 0 || current?.picture.file.alpha);    // there is something to look through
  stage.redraw();
});

stage.moved = () => { $('zoom').value = `${Number((stage.view.zoom * 100).toPrecision(3))}%`; };
stage.paint = (context, view) => {
  const { picture, original } = current;
  picture.draw(context, view);
  if (original && comparing) drawOriginal(context, view, original.bitmap, picture);
  if (grid) stage.drawGrid(context, view, picture.file);
};
stage.work = (deadline) => current.picture.work(deadline);

/** Draws the original on the left of the slider, in place of the picture. */
function drawOriginal(context, { x, y, zoom }, bitmap, { width, height }) {
  const edge = Math.round(compared * context.canvas.width);
  context.save();
  context.beginPath();
  context.rect(0, 0, edge, context.canvas.height);
  context.clip();
  context.clearRect(0, 0, edge, context.canvas.height);
  context.imageSmoothingEnabled = zoom < 1;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, x, y, width * zoom, height * zoom);
  context.restore();
}

// ---- Files ---------------------------------------------------------------------------------------------------------

const MAGIC = [0x8b, 0x4b, 0x4d, 0x46];

/** Opens files, KMF first, so that originals find what was made from them; shows the first. */
async function openAll(files) {
  complain();
  const read = await Promise.all([...files].map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()), file })));
  const isKmf = ({ name, bytes }) => MAGIC.every((byte, i) => bytes[i] === byte) || /\.kmf$/i.test(name);
  const opened = read.filter(isKmf).map(add).filter(Boolean);
  if (opened.length > 0) show(opened[0]);
  for (const other of read.filter((each) => !isKmf(each))) await addOriginal(other);
}

function add({ name, bytes }) {
  try {
    const entry = { name, bytes };
    entry.picture = new Picture(open(bytes), () => changed(entry));
    BY_NAME.set(name, entry);
    return entry;
  } catch (error) {
    if (error.name !== 'KmfError') throw error;
    complain(`${name} can't be shown. ${sentence(error)}`);
    return undefined;
  }
}

/** Takes a picture for the original of that KMF file which has its name or, if none has, of any of its size. */
async function addOriginal({ name, bytes, file }) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file ?? new Blob([bytes]));
  } catch {
    return complain(`${name} is neither a KMF file nor a picture that this browser shows.`);
  }
  const stem = (text) => text.replace(/\.[^.]*$/, ''), entries = [...BY_NAME.values()];
  const fits = entries.filter(({ picture }) => picture.width === bitmap.width && picture.height === bitmap.height);
  const found = fits.find((entry) => stem(entry.name) === stem(name)) ?? (fits.includes(current) ? current : fits[0]);
  if (!found) {
    const size = `${name} is no KMF file, but a picture of ${bitmap.width} x ${bitmap.height} pixels`;
    return complain(current ? `${size}: to be compared, it would have to be as large as ${current.name}, ${current.picture.width} x ${current.picture.height}.`
      : `${size}. Open a KMF file that was made from it as well, to compare them.`);
  }
  found.original = { bitmap, bytes: bytes.length };
  comparing = true;
  return show(found);
}

const sentence = ({ code, message }) => `${message.slice(code.length + 2).replace(/^./, (letter) => letter.toUpperCase())} (${code}).`;

function complain(text) {
  $('message').hidden = !text;
  $('message').firstElementChild.textContent = text ?? '';
}

/** There is more to say of a file. */
function changed(entry) {
  if (entry !== current) return;
  if (entry.picture.error) complain(`${entry.name} is damaged. ${sentence(entry.picture.error)} What is red can't be shown.`);
  palette.describe(entry.picture);
  describe();
}

function show(entry) {
  current = entry;
  document.body.classList.remove('none');
  $('empty').hidden = true;
  document.title = `${entry.name} - KMF viewer`;
  $('files').replaceChildren(...[...BY_NAME.keys()].map((name) => new Option(name, name, false, name === entry.name)));
  $('files').hidden = BY_NAME.size < 2;
  $('slider').hidden = !entry.original || !comparing;
  palette.show(entry.picture);
  describe();
  tell();
  stage.show([entry.picture.width, entry.picture.height]);
}

function describe() {
  const { picture, name, bytes, original } = current;
  list($('facts'), factsOf(picture, name, bytes.length, original?.bytes));
  list($('details'), detailsOf(picture.file));
}

function list(element, pairs) {
  element.replaceChildren(...pairs.flatMap(([title, text]) => {
    const [dt, dd] = ['dt', 'dd'].map((tag) => document.createElement(tag));
    [dt.textContent, dd.textContent] = [title, text];
    return [dt, dd];
  }));
}

/** Says what there is at a pixel. */
function tell(pixel) {
  const index = pixel && current.picture.indexAt(...pixel), color = current?.picture.palette[index];
  const name = color && namesOf(current.picture.file)[index];
  const what = color ? `colour ${index}, ${hexOf(color)}${name ? `, ${name}` : ''}` : 'damaged';
  $('pixel').textContent = pixel ? `(${pixel.join(', ')}): ${what}` : 'Point at a pixel';
  $('pixel').classList.toggle('none', !pixel);
  palette.showIndex(index);
}

async function save() {
  if (!current) return;
  try {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await toPng(current.picture.file.decode()));
    link.download = current.name.replace(/(\.kmf)?$/i, '.png');
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch (error) {
    complain(`${current.name} can't be saved. ${error.name === 'KmfError' ? sentence(error) : error.message}`);
  }
}

// ---- Controls ------------------------------------------------------------------------------------------------------

function other(step) {
  const entries = [...BY_NAME.values()];
  if (entries.length > 1) show(entries[(entries.indexOf(current) + step + entries.length) % entries.length]);
}

function toggleGrid() {
  grid = !grid;
  $('grid').setAttribute('aria-pressed', grid);
  stage.redraw();
}

function togglePanel() {
  $('panel').setAttribute('aria-pressed', !document.body.classList.toggle('wide'));
}

function toggleOriginal() {
  comparing = !comparing;
  if (current) $('slider').hidden = !current.original || !comparing;
  stage.redraw();
}

function slideTo(share) {
  compared = Math.min(1, Math.max(0, share));
  $('slider').style.left = `${100 * compared}%`;
  $('slider').setAttribute('aria-valuenow', Math.round(100 * compared));
  stage.redraw();
}

const STEP = 80;
const KEYS = {
  '+': () => stage.zoomIn(), '=': () => stage.zoomIn(), '-': () => stage.zoomOut(), 0: () => stage.fit(), 1: () => stage.zoomTo(1),
  ArrowLeft: () => stage.panBy(STEP, 0), ArrowRight: () => stage.panBy(-STEP, 0), ArrowUp: () => stage.panBy(0, STEP), ArrowDown: () => stage.panBy(0, -STEP),
  g: toggleGrid, i: togglePanel, n: () => other(1), p: () => other(-1), o: () => $('chooser').click(), s: save, c: toggleOriginal,
  '?': () => $('keys').showModal(), Escape: () => palette.keepAll(),
};
addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || $('keys').open || target.closest('select, input')) return;
  const slide = target === $('slider') && { ArrowLeft: -0.02, ArrowRight: 0.02 }[key];
  if (slide) slideTo(compared + slide);
  else if (KEYS[key]) KEYS[key]();
  else return;
  event.preventDefault();
});

const clicked = {
  open: KEYS.o, choose: KEYS.o, in: KEYS['+'], out: KEYS['-'], fit: KEYS[0], actual: KEYS[1], grid: toggleGrid, panel: togglePanel, help: KEYS['?'], save,
};
for (const [id, action] of Object.entries(clicked)) $(id).addEventListener('click', action);
$('message').querySelector('button').addEventListener('click', () => complain());
$('files').addEventListener('change', ({ target }) => show(BY_NAME.get(target.value)));
$('chooser').addEventListener('change', async ({ target }) => {
  await openAll(target.files);
  target.value = '';                                            // the same file can be chosen again
});
$('slider').addEventListener('pointerdown', (event) => $('slider').setPointerCapture(event.pointerId));
$('slider').addEventListener('pointermove', (event) => {
  const { left, width } = $('stage').getBoundingClientRect();
  if (event.buttons & 1) slideTo((event.clientX - left) / width);
});
addEventListener('dragover', (event) => {
  event.preventDefault();
  $('stage').classList.add('over');
});
addEventListener('dragleave', (event) => { if (!event.relatedTarget) $('stage').classList.remove('over'); });
addEventListener('drop', (event) => {
  event.preventDefault();
  $('stage').classList.remove('over');
  openAll(event.dataTransfer.files);
});
addEventListener('paste', (event) => { if (event.clipboardData.files.length) openAll(event.clipboardData.files); });

// ---- Files inside the page, as `kmformat view` puts them -------------------------------------------------------------

slideTo(0.5);
document.body.classList.add('none');
openAll(JSON.parse($('given').textContent).map(({ name, base64 }) => new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name)));
