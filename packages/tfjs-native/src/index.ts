export { kernelRevision } from './addon/kernel-revision.ts';
export { type NativeAddonStatus, nativeAddonStatus } from './addon/load-addon.ts';
export type { InstructionSetName } from './addon/native-addon.ts';
export { nativeBackendName } from './backend/backend-name.ts';
export { NativeBackend, type Precision } from './backend/native-backend.ts';
export {
  type NativeBackendInfo,
  type NativeBackendOptions,
  registerNativeBackend,
} from './backend/register-native-backend.ts';
export {
  type AdamAttributes,
  type BatchNormAttributes,
  type CrossEntropyAttributes,
  type MovingAverageAttributes,
  type NeuronAttributes,
  type NeuronBackwardAttributes,
  type SgdAttributes,
  type SpikeBlockAttributes,
  type SpikeBlockBackwardAttributes,
  type SurrogateName,
  surrogateNames,
} from './fused/fused-kernel-attributes.ts';
export { type FusedKernelName, fusedKernelNames } from './fused/fused-kernel-names.ts';
