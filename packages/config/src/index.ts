export type { AdminConfig, ApiConfig, NotifierConfig, WorkerConfig } from './config.ts';
export { loadConfig } from './load-config.ts';
export { decryptSecret, encryptSecret } from './secret-box.ts';
export { gpuVariables, programVariables } from './trainer-environment.ts';
