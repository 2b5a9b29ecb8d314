import { CodedError } from '@spikefit/contracts';
import { fromScaledFloat16 } from '../numbers/scaled-float16.ts';
import type { Dtype, SafeTensor, SafeTensorsFile } from '../safetensors/tensor.ts';
import { tensorNames } from './tensor-names.ts';

/**
 * The tensors of an artifact, taken by name with what they must be. Throws `artifact.invalid` naming the tensor that
 * is missing, of another type or shape, or holds numbers that cannot be; `finish` names those that nobody took.
 */
export class ArtifactTensors {
  readonly #tensors: SafeTensorsFile['tensors'];
  readonly #taken = new Set<string>();

  constructor(tensors: SafeTensorsFile['tensors']) {
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  bytes(name: string): Uint8Array {
    return this.#take(name, 'U8', [null]).data as Uint8Array;
  }

  codes(name: string, groups: number, levels: number): Int8Array {
    return this.#take(name, 'I8', [groups, levels]).data as Int8Array;
  }

  floats(name: string, shape: readonly number[]): Float32Array {
    const data = this.#take(name, 'F32', shape).data as Float32Array;
    if (!data.every(Number.isFinite)) throw invalid(name, 'holds a number that is not finite');
    return data;
  }

  /** A vector in 16 bits, times its scale; of one of these lengths. */
  halves(name: string, lengths: readonly number[]): Float32Array {
    const tensor = this.#take(name, 'F16', [null]);
    if (!lengths.includes(tensor.data.length)) {
      throw invalid(name, `has ${tensor.data.length} values, not ${[...new Set(lengths)].join(' or ')}`);
    }
    const [scale] = this.floats(tensorNames.scale(name), [1]);
    const values = fromScaledFloat16({ bits: tensor.data as Uint16Array, scale: scale! });
    if (!(scale! > 0) || !values.every(Number.isFinite))
      throw invalid(name, 'holds a number that is not finite');
    return values;
  }

  finish(): void {
    for (const name of this.#tensors.keys()) {
      if (!this.#taken.has(name)) throw invalid(name, 'belongs to nothing in the network');
    }
  }

  /** `null` in the shape: any size. A tensor that several layers share is taken by each. */
  #take(name: string, dtype: Dtype, shape: readonly (number | null)[]): SafeTensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw invalid(name, 'is missing');
    const fits =
      tensor.shape.length === shape.length &&
      shape.every((size, axis) => size === null || size === tensor.shape[axis]);
    if (tensor.dtype !== dtype || !fits) {
      const wanted = shape.map((size) => size ?? '…').join(', ');
      throw invalid(name, `is ${tensor.dtype} [${tensor.shape.join(', ')}], not ${dtype} [${wanted}]`);
    }
    this.#taken.add(name);
    return tensor;
  }
}

const invalid = (name: string, what: string) =>
  new CodedError('artifact.invalid', `the tensor "${name}" ${what}`);
