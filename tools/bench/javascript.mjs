/* node javascript.mjs CASES.json ROUNDS - times decoders in JavaScript: see javascript.py.

   CASES.json is [{ name, file, decoder }, ...]; the decoder is "kmf", "kmf-rgba" or the name of an npm package. The
   median times of each, in ms of wall and CPU time, are printed as JSON; the rounds run all cases in turn. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode } from '../../spec/kmf.js';

const [, , list, rounds] = process.argv, cases = JSON.parse(readFileSync(list));
const installed = createRequire(pathToFileURL(join(dirname(list), 'cases.cjs')));
const load = (name) => import(pathToFileURL(installed.resolve(name)));

const DECODERS = {
  kmf: async () => (bytes) => decode(bytes).indices,
  'kmf-rgba': async () => (bytes) => decode(bytes).rgba,
  'fast-png': async () => {
    const png = await load('fast-png');
    return (bytes) => png.decode(bytes).data;
  },
  pngjs: async () => {
    const { PNG } = (await load('pngjs')).default;
    return (bytes) => PNG.sync.read(Buffer.from(bytes)).data;
  },
};

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
for (const each of cases) {
  Object.assign(each, { bytes: new Uint8Array(readFileSync(each.file)), run: await DECODERS[each.decoder](), wall: [], cpu: [] });
  each.run(each.bytes);                                         // compiled, and caches are warm, before time is taken
}
for (let round = 0; round < Number(rounds); round++) {
  for (const { bytes, run, wall, cpu } of cases) {
    const start = performance.now(), used = process.cpuUsage();
    run(bytes);
    const { user, system } = process.cpuUsage(used);
    wall.push(performance.now() - start);
    cpu.push((user + system) / 1000);
  }
}
console.log(JSON.stringify(cases.map(({ name, wall, cpu }) => ({ name, wall: median(wall), cpu: median(cpu) }))));
