/** For tests only: throw-away servers, a clock to tick by hand, matchers, leak checks. */
export type { Numbers, Tolerance } from './matchers.ts';
export { realData } from './real-data.ts';
export { announceSkip, skipAloud } from './skip.ts';
export { type SpawnOptions, spawnService } from './spawn-service.ts';
export { findSwiftShader, type SwiftShader } from './swift-shader.ts';
export { TestClock } from './test-clock.ts';
export { type ThrowAwayDatabase, throwAwayDatabase, useDatabase } from './throw-away-database.ts';
export {
  type OwnRedis,
  type ThrowAwayRedis,
  throwAwayRedis,
  throwAwayRedisServer,
} from './throw-away-redis.ts';
export { throwAwayS3 } from './throw-away-s3.ts';
export { hold, tracked } from './tracked.ts';
export { until } from './until.ts';
