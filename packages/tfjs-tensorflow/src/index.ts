export { type TensorflowStatus, tensorflowStatus } from './installation.ts';
export {
  registerTensorflowBackend,
  type TensorflowBackendInfo,
  tensorflowBackendName,
} from './register-tensorflow-backend.ts';
