/**
 * A process of its own: `kernel-run.js JSON` measures the passes of one shape, with spikes as bits and as numbers, and
 * prints medians in milliseconds as JSON.
 */
import { randomStream } from '@spikefit/specification';
import type { NativeBackend } from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { median } from 'simple-statistics';
import { useBackend } from '../step/bench-backend.ts';
import { type KernelShape, type KernelShapeName, kernelShapes, type Pass } from './kernel-shapes.ts';

export interface KernelRequest {
  readonly shape: KernelShapeName;
  readonly densities: readonly number[];
  readonly threads: number;
  readonly runs: number;
}

export interface KernelTime {
  readonly pass: Pass;
  /** Share of spikes in the input; undefined where it is of numbers. */
  readonly density: number | undefined;
  readonly milliseconds: number;
}

/** Waits for the kernels that have been called. */
const drain = (): void => (tf.backend() as NativeBackend).addon.drain();

/** 0/1 with this share of ones, at random. */
function randomSpikes(shape: number[], density: number): tf.Tensor {
  drain();
  const { info, bits } = (tf.backend() as NativeBackend).makeSpikes(shape);
  const draws = randomStream(1, 'encode');
  bits.fill(0);
  const size = tf.util.sizeFromShape(shape);
  for (let index = 0; index < size; index++) {
    if (draws.uniform() < density) bits[index >> 3]! |= 1 << (index & 7);
  }
  return tf.engine().makeTensorFromTensorInfo(info);
}

/** The median of `runs` calls after one that warms up. */
function time(runs: number, compute: () => tf.Tensor): number {
  const milliseconds = Array.from({ length: runs + 1 }, () => {
    const started = performance.now();
    compute().dispose();
    drain();
    return performance.now() - started;
  });
  return median(milliseconds.slice(1));
}

const shapesOf = (shape: KernelShape): { x: number[]; w: number[]; y: number[] } =>
  shape.kind === 'convolution'
    ? {
        x: [shape.frames, shape.size, shape.size, shape.inputs],
        w: [3, 3, shape.inputs, shape.filters],
        y: [shape.frames, shape.size, shape.size, shape.filters],
      }
    : { x: [shape.frames, shape.inputs], w: [shape.inputs, shape.units], y: [shape.frames, shape.units] };

const runKernel = (name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);

function passesOf(shape: KernelShape, w: tf.Tensor, dy: tf.Tensor) {
  if (shape.kind === 'dense') {
    return {
      forward: (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D),
      weightGradient: (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true, false),
      inputGradient: () => tf.matMul(dy as tf.Tensor2D, w as tf.Tensor2D, false, true),
    };
  }
  const common = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined };
  const { x: inputShape, w: filterShape } = shapesOf(shape);
  return {
    forward: (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    weightGradient: (x: tf.Tensor) =>
      runKernel('Conv2DBackpropFilter', { x, dy }, { ...common, filterShape }),
    inputGradient: () => runKernel('Conv2DBackpropInput', { dy, filter: w }, { ...common, inputShape }),
  };
}

async function measure({ shape: name, densities, threads, runs }: KernelRequest): Promise<KernelTime[]> {
  await useBackend('native', threads);
  const shape = kernelShapes[name];
  const sizes = shapesOf(shape);
  const w = tf.randomUniform(sizes.w, -1, 1, 'float32', 1);
  const dy = tf.randomUniform(sizes.y, -1, 1, 'float32', 2);
  const { forward, weightGradient, inputGradient } = passesOf(shape, w, dy);
  const times: KernelTime[] = [];
  const numbers = tf.randomUniform(sizes.x, -1, 1, 'float32', 3);
  const both = (x: tf.Tensor, density: number | undefined): void => {
    times.push({ pass: 'forward', density, milliseconds: time(runs, () => forward(x)) });
    times.push({ pass: 'weight gradient', density, milliseconds: time(runs, () => weightGradient(x)) });
    x.dispose();
  };
  both(numbers, undefined);
  times.push({ pass: 'input gradient', density: undefined, milliseconds: time(runs, inputGradient) });
  for (const density of densities) both(randomSpikes(sizes.x, density), density);
  tf.dispose([w, dy]);
  return times;
}

process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2]!) as KernelRequest))}\n`);
