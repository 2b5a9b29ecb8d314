export * from './config.ts';
export { type Environment, EnvironmentReader } from './environment-reader.ts';
export { loadConfig } from './load-config.ts';
export { decryptSecret, encryptSecret, secretKeyBytes } from './secret-box.ts';
