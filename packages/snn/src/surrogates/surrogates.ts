import type { SurrogateName } from '@spikefit/contracts';
import { atan } from './atan.ts';
import { fastSigmoid } from './fast-sigmoid.ts';
import { rectangle } from './rectangle.ts';
import { sigmoid } from './sigmoid.ts';
import type { Surrogate } from './surrogate.ts';
import { triangle } from './triangle.ts';

export const surrogates: Readonly<Record<SurrogateName, Surrogate>> = {
  atan,
  sigmoid,
  fastSigmoid,
  triangle,
  rectangle,
};
