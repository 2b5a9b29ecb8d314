// Prints what the kernels reach on this machine; takes about twenty seconds.
//
//   node scripts/perf.mjs [isa] [threads]        default: the best instruction set, 2 threads
import { createRequire } from 'node:module';

const addon = createRequire(import.meta.url)('../build/spikefit_native.node');
const isa = process.argv[2] ?? addon.instructionSets().find(({ supported }) => supported).name;
const threads = Number(process.argv[3] ?? 2);
addon.configure(isa, threads);
console.log(`${isa}, ${threads} threads; medians`);

let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const uniform = (length) => Float32Array.from({ length }, () => random() - 0.5);
const spikes = (length, density) => Float32Array.from({ length }, () => Number(random() < density));
const empty = (length) => new Float32Array(length);
const packed = (x) => {
  const bits = new Uint8Array(Math.ceil(x.length / 8));
  addon.packSpikes(Int32Array.of(x.length), x, bits);
  return bits;
};

/** Median milliseconds over half a second, at least five runs. */
function median(run) {
  run();
  const times = [];
  for (const start = performance.now(); times.length < 5 || performance.now() - start < 500; ) {
    const before = performance.now();
    run();
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}
const rate = (title, operations, run) => {
  const time = median(run);
  console.log(
    `${title.padEnd(52)} ${time.toFixed(2).padStart(8)} ms ${(operations / time / 1e6).toFixed(1).padStart(7)} GFLOP/s`,
  );
};
const perElement = (title, elements, run) => {
  const time = median(run);
  console.log(
    `${title.padEnd(52)} ${time.toFixed(2).padStart(8)} ms ${((time * 1e6) / elements).toFixed(3).padStart(7)} ns/element`,
  );
};

function convolution(batch, size, inputs, outputs) {
  const dimensions = Int32Array.of(batch, size, size, inputs, size, size, outputs, 3, 3, 1, 1, 1, 1);
  const pixels = batch * size * size;
  const [x, filter, dy] = [
    spikes(pixels * inputs, 0.25),
    uniform(9 * inputs * outputs),
    uniform(pixels * outputs),
  ];
  const [y, dx, dFilter] = [empty(dy.length), empty(x.length), empty(filter.length)];
  const operations = 2 * pixels * 9 * inputs * outputs;
  const title = `3×3 ${inputs}→${outputs}, ${size}×${size}, batch ${batch}`;
  rate(`${title} forward`, operations, () => addon.convolutionForward(dimensions, x, filter, null, y));
  if (inputs > 1)
    rate(`${title} dX`, operations, () => addon.convolutionInputGradient(dimensions, dy, filter, dx));
  rate(`${title} dW`, operations, () => addon.convolutionFilterGradient(dimensions, x, dy, dFilter));
}

/** Products of spikes kept as bits beside the dense ones; rates count the dense operations. */
function spikeConvolution(batch, size, inputs, outputs, density = 0.2) {
  const dimensions = Int32Array.of(batch, size, size, inputs, size, size, outputs, 3, 3, 1, 1, 1, 1);
  const title = `spikes ${density} 3×3 ${inputs}→${outputs}, ${size}×${size}, batch ${batch}`;
  spikeProducts(title, dimensions, 9 * inputs, batch * size * size, density);
}
function spikeProduct(rows, depth, columns, density = 0.25) {
  // Rows as pixels of one line: both products see the same matrix.
  const dimensions = Int32Array.of(1, 1, rows, depth, 1, rows, columns, 1, 1, 1, 1, 0, 0);
  spikeProducts(`spikes ${density} ${rows}×${depth}×${columns}`, dimensions, depth, rows, density);
}
function spikeProducts(title, dimensions, depth, pixels, density) {
  const outputs = dimensions[6];
  const [batch, height, width, inputs] = dimensions;
  const x = spikes(batch * height * width * inputs, density);
  const bits = packed(x);
  const [filter, dy] = [uniform(depth * outputs), uniform(pixels * outputs)];
  const [y, dFilter] = [empty(dy.length), empty(filter.length)];
  const operations = 2 * pixels * depth * outputs;
  rate(`${title} forward, dense`, operations, () => addon.convolutionForward(dimensions, x, filter, null, y));
  rate('  forward, tables', operations, () =>
    addon.spikeConvolutionForward(dimensions, bits, filter, null, y),
  );
  rate('  dW, dense', operations, () => addon.convolutionFilterGradient(dimensions, x, dy, dFilter));
  rate('  dW, tables', operations, () => addon.spikeConvolutionFilterGradient(dimensions, bits, dy, dFilter));
}

function product(rows, depth, columns) {
  const dimensions = Int32Array.of(1, rows, columns, depth, 0, 0, 0, 0);
  const [a, b, c] = [uniform(rows * depth), uniform(depth * columns), empty(rows * columns)];
  const run = () => addon.matrixProduct(dimensions, a, b, null, c);
  rate(`matrix product ${rows}×${depth}×${columns}`, 2 * rows * depth * columns, run);
}

function neurons(perStep, channels, steps) {
  const dimensions = Int32Array.of(steps, perStep, channels, 0, 1, 1, 0, 0);
  const elements = perStep * steps;
  const [x, dy, one] = [uniform(elements), uniform(elements), Float32Array.of(1)];
  const [decay, reset] = [Float32Array.of(0.5), Float32Array.of(0)];
  const [fired, charged, dx, dDecay] = [empty(elements), empty(elements), empty(elements), empty(1)];
  const parameters = [decay, one, reset];
  perElement(`LIF forward, ${elements} elements, T = ${steps}`, elements, () =>
    addon.neuronForward(dimensions, x, ...parameters, fired, charged),
  );
  perElement('LIF backward, atan', elements, () =>
    addon.neuronBackward(dimensions, 0, 2, 1, dy, charged, null, ...parameters, dx, dDecay),
  );
}

function channels(rows, count) {
  const dimensions = Int32Array.of(rows, count);
  const [x, dy, y] = [uniform(rows * count), uniform(rows * count), empty(rows * count)];
  const [gamma, beta, mean, variance] = [uniform(count), uniform(count), empty(count), empty(count)];
  const [dGamma, dBeta] = [empty(count), empty(count)];
  perElement(`batch norm [${rows}, ${count}]`, x.length, () =>
    addon.batchNormTrain(dimensions, 1e-5, x, gamma, beta, y, mean, variance),
  );
  perElement('batch norm gradient', x.length, () =>
    addon.batchNormTrainGradient(dimensions, 1e-5, dy, x, mean, variance, gamma, y, dGamma, dBeta),
  );
}

function pool(batch, size, count) {
  const dimensions = Int32Array.of(batch, size, size, count, size / 2, size / 2, 2, 2, 2, 2, 0, 0);
  const x = spikes(batch * size * size * count, 0.15);
  const [y, dy, dx] = [empty(x.length / 4), uniform(x.length / 4), empty(x.length)];
  perElement(`max pool 2×2, ${size}×${size}×${count}, batch ${batch}`, x.length, () =>
    addon.maxPoolForward(dimensions, x, y),
  );
  perElement('max pool gradient', x.length, () => addon.maxPoolGradient(dimensions, x, dy, dx));
}

convolution(512, 14, 32, 64);
convolution(128, 28, 1, 32);
product(1024, 1024, 1024);
product(512, 3136, 10);
neurons(128 * 14 * 14 * 64, 64, 4);
channels(512 * 14 * 14, 64);
pool(512, 28, 32);
spikeConvolution(512, 14, 32, 64);
spikeConvolution(128, 14, 128, 128);
spikeConvolution(64, 8, 256, 256);
spikeProduct(512, 6272, 512);
spikeProduct(512, 3136, 10);
