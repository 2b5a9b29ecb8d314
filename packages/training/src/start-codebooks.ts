import {
  codebookId,
  codebookParameter,
  equalizeUnits,
  fitAssignments,
  inputMoments,
  type LevelGroup,
  levelGroups,
} from '@spikefit/compression';
import { disposeTensors, type HostParameters, parameterNames, toTensors } from '@spikefit/snn';
import { calibrationBatches, shuffledSamples } from './pruning/calibration.ts';
import { withCodebooks } from './quantization.ts';
import type { Session } from './session.ts';
import { quantizerOf } from './techniques.ts';

/** Of a convolution every image has hundreds of places. */
const images = 128;

/** The parameters of the trained network, γ > 0, with codebooks added and weights that make the most of them. */
export async function startCodebooks(session: Session, trained: HostParameters): Promise<HostParameters> {
  const { spec, network } = session;
  const equalized = equalizeUnits(network, trained, spec.quantization.group);
  const parameters = withCodebooks(spec, network, equalized);
  if (spec.quantization.assignments !== 'activations') return parameters;
  const tensors = toTensors(equalized);
  try {
    const moments = await inputMoments({
      network,
      parameters: tensors,
      batches: calibrationBatches(session, shuffledSamples(session).subarray(0, images)),
    });
    return await fitAssignments(network, parameters, {
      moments,
      levelsOf: levelsOf(session, parameters),
      breathe: session.ports.breathe,
    });
  } finally {
    disposeTensors(tensors);
  }
}

/** The levels of a layer's unit as they stand. */
function levelsOf(
  { spec }: Session,
  parameters: HostParameters,
): Parameters<typeof fitAssignments>[2]['levelsOf'] {
  const { group } = spec.quantization;
  const { parameter, levels } = quantizerOf(spec);
  const groups = new Map<string, LevelGroup[]>();
  const groupsOf = (layerId: string): LevelGroup[] => {
    const { shape, data } = parameters[codebookParameter(codebookId(group, layerId), parameter)]!;
    const size = parameters[parameterNames.weights(layerId)]!.data.length;
    return levelGroups(data, shape[0]!, size, levels(spec.quantization));
  };
  return (layerId, unit) => {
    if (!groups.has(layerId)) groups.set(layerId, groupsOf(layerId));
    return groups.get(layerId)![group === 'channel' ? unit : 0]!;
  };
}
