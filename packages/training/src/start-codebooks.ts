import {
  codebookId,
  codebookParameter,
  equalizeUnits,
  fitAssignments,
  inputMoments,
  levelGroups,
} from '@spikefit/compression';
import { disposeTensors, type HostParameters, parameterNames, toTensors } from '@spikefit/snn';
import { calibrationBatches, chooseCalibrationSamples } from './pruning/calibration.ts';
import { withCodebooks } from './quantization.ts';
import type { Session } from './session.ts';
import { quantizerOf } from './techniques.ts';

/** Covariances need no more: every image has hundreds of places. */
const mostImages = 128;

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
      batches: calibrationBatches(session, chooseCalibrationSamples(session).subarray(0, mostImages)),
    });
    return fitAssignments(network, parameters, { moments, levelsOf: levelsOf(session, parameters) });
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
  return (layerId, unit) => {
    const { shape, data } = parameters[codebookParameter(codebookId(group, layerId), parameter)]!;
    const size = parameters[parameterNames.weights(layerId)]!.data.length;
    const groups = levelGroups(data, shape[0]!, size, levels(spec.quantization));
    return groups[group === 'channel' ? unit : 0]!;
  };
}
