import type { Network, Shape3, WeightLayer } from '@spikefit/contracts';

/**
 * A network taken apart into single neurons and single connections, by looping over everything, as an oracle for the
 * closed forms: `inputs` and `outputs` are "y,x,channel".
 */
export interface Connection {
  readonly layer: string;
  readonly input: string;
  readonly output: string;
  readonly inputChannel: number;
  readonly outputChannel: number;
  readonly weight: string;
}

export function connections(network: Network): Connection[] {
  return network.layers.flatMap((layer) =>
    layer.kind === 'conv' || layer.kind === 'dense' ? connectionsOf(layer) : [],
  );
}

function connectionsOf(layer: WeightLayer): Connection[] {
  const found: Connection[] = [];
  const [height, width, channels] = layer.inputShape;
  const [outHeight, outWidth, outChannels] = layer.outputShape;
  for (const [oy, ox, oc] of positions(layer.outputShape)) {
    for (const [iy, ix, ic] of positions(layer.inputShape)) {
      let weight = `${iy},${ix},${ic},${oc}`;
      if (layer.kind === 'conv') {
        // TensorFlow's SAME, as its documentation writes it.
        const padding = (size: number, out: number) =>
          Math.max((out - 1) * layer.stride + layer.kernel - size, 0);
        const ky = iy - oy * layer.stride + Math.floor(padding(height, outHeight) / 2);
        const kx = ix - ox * layer.stride + Math.floor(padding(width, outWidth) / 2);
        if (ky < 0 || ky >= layer.kernel || kx < 0 || kx >= layer.kernel) continue;
        weight = `${ky},${kx},${ic},${oc}`;
      }
      found.push({
        layer: layer.id,
        input: `${iy},${ix},${ic}`,
        output: `${oy},${ox},${oc}`,
        inputChannel: ic,
        outputChannel: oc,
        weight,
      });
    }
  }
  if (channels < 1 || outChannels < 1) throw new Error('a layer without channels');
  return found;
}

export function* positions([height, width, channels]: Shape3): Generator<Shape3> {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) yield [y, x, c];
}
