/** Servers and services on one machine, for the demo, daily use, tests and benchmarks. */
export { cacheFolder, findProgram, processEnvironment } from './environment.ts';
export { findFreePort, PortTaken, withFreePort } from './free-port.ts';
export { type Exit, type ManagedProcess, type ProcessOptions, startProcess } from './managed-process.ts';
export { type LocalPostgres, type PostgresOptions, startPostgres } from './postgres.ts';
export type { ReadyWhen } from './ready-when.ts';
export { type LocalRedis, type RedisOptions, startRedis } from './redis.ts';
export { redisFromWheel, redisProgram } from './redis-program.ts';
export { type LocalS3, type S3Options, startS3 } from './s3.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
export { ensureVersitygw, type Found, findVersitygw, versitygwVersion } from './versitygw-program.ts';
