// Run on a file system of 1 MB: writes what fits, then what does not, then again what fits. Prints what happened.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { openObjectStore } from '../dist/index.js';

const folder = process.argv[2] ?? '';
const sha256Of = (/** @type {Buffer} */ bytes) => createHash('sha256').update(bytes).digest('hex');
const store = openObjectStore(`file:${folder}`);
const put = (/** @type {string} */ key, /** @type {Buffer} */ bytes) =>
  store.put(key, bytes, { sha256: sha256Of(bytes) });

await put('first', randomBytes(400_000));
const code = await put('second', randomBytes(2_000_000)).then(
  () => 'written',
  (error) => error.code,
);
const kept = [];
for await (const { key } of store.list('')) kept.push(key);
const incoming = readdirSync(`${folder}/.incoming`);
const after = await put('third', randomBytes(300_000)).then(
  () => 'written',
  (error) => error.code,
);
console.log(JSON.stringify({ code, kept, incoming, after }));
