import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';

/** What tfjs-node adds to a TensorFlow.js backend. */
export interface TfjsNodeBackend {
  /** Whether its tensors live on a GPU. */
  readonly isUsingGpuDevice: boolean;
}

export interface TfjsNode {
  /** The backend in use. */
  backend(): TfjsNodeBackend;
}

const require = createRequire(import.meta.url);

/**
 * Loads tfjs-node with another binding than the one that its install script, which never ran, would have downloaded.
 * It asks node-pre-gyp where its binding is, so that module's place is taken by one that answers: nothing in
 * node_modules is changed. Loading makes `tensorflow` the current backend.
 */
export function loadTfjsNode(binding: string): TfjsNode {
  const entry = require.resolve('@tensorflow/tfjs-node-gpu');
  const fromTfjsNode = createRequire(entry);
  const locator = fromTfjsNode.resolve('@mapbox/node-pre-gyp');
  const module = { id: locator, filename: locator, loaded: true, exports: { find: () => binding } };
  require.cache[locator] = module as unknown as NodeJS.Module;
  addRemovedUtilities();
  const gradients = registeredGradients();
  const tfjsNode = require(entry) as TfjsNode;
  // It brings a whole TensorFlow.js, whose gradients would replace those that all other backends run.
  for (const gradient of gradients) tf.registerGradient(gradient);
  return tfjsNode;
}

/** The gradients of the kernels that tfjs-core names. */
function registeredGradients(): tf.GradConfig[] {
  const names = Object.values(tf).filter((value) => typeof value === 'string');
  return [...new Set(names)]
    .map((name) => tf.getGradient(name) as tf.GradConfig | undefined)
    .filter((gradient) => gradient !== undefined);
}

/** tfjs-node calls two functions that Node 23 removed. */
function addRemovedUtilities(): void {
  const target = util as unknown as Record<string, unknown>;
  target.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  target.isArray ??= Array.isArray;
}
