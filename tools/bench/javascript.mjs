/* node javascript.mjs FILE DECODER ROUNDS - times a decoder in JavaScript: see javascript.py.

   The decoder is "kmf", "kmf-rgba" or the name of an npm package, which FILE's folder has. Its median wall and CPU time,
   in ms, are printed as JSON. Each decoder has a process of its own: CPU time holds the collection of garbage, which
   another's would be counted to. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode } from '../../spec/kmf.js';

const [, , file, decoder, rounds] = process.argv, bytes = new Uint8Array(readFileSync(file));
const installed = createRequire(pathToFileURL(resolve(file)));
const load = (name) => import(pathToFileURL(installed.resolve(name)));

const DECODERS = {
  kmf: async () => () => decode(bytes).indices,
  'kmf-rgba': async () => () => decode(bytes).rgba,
  'fast-png': async () => {
    const png = await load('fast-png');
    return () => png.decode(bytes).data;
  },
  pngjs: async () => {
    const { PNG } = (await load('pngjs')).default;
    return () => PNG.sync.read(Buffer.from(bytes)).data;
  },
};

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const run = await DECODERS[decoder](), wall = [], cpu = [];
for (let round = -3; round < Number(rounds); round++) {             // the first three compile it
  const start = performance.now(), used = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(used);
  if (round < 0) continue;
  wall.push(performance.now() - start);
  cpu.push((user + system) / 1000);
}
console.log(JSON.stringify({ wall: median(wall), cpu: median(cpu) }));
