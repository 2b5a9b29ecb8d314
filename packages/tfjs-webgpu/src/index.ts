export {
  registerWebgpuBackend,
  type WebgpuBackendInfo,
  webgpuBackendName,
} from './register-webgpu-backend.ts';
