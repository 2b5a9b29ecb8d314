import type { WorkerConfig } from '@spikefit/config';
import { type Clock, CodedError, computeBackends } from '@spikefit/contracts';
import type { Logger } from '@spikefit/telemetry';
import type { Compute } from './resources.ts';
import { TrainerProcess } from './trainer-process.ts';

const probeTimeoutMs = 60_000;

/**
 * Asks a short-lived trainer which backend it gets: the worker itself loads no tensor library. What it answers is
 * what every attempt of this worker computes with.
 * @throws CodedError backend.unavailable, naming SPIKEFIT_BACKEND and the remedy
 */
export async function probeCompute(options: {
  config: WorkerConfig;
  clock: Clock;
  logger: Logger;
  trainerPath: string;
}): Promise<Compute> {
  const { config, clock, logger, trainerPath } = options;
  const { backend, device, threads, isa } = config.compute;
  const timeLimit = new AbortController();
  await using trainer = new TrainerProcess({
    path: trainerPath,
    arguments: ['--probe', JSON.stringify({ backend, device, threads, isa })],
    environment: config.trainerEnvironment,
    onOutput: (line) => logger.info({ line }, 'trainer says'),
  });
  clock.sleep(probeTimeoutMs, timeLimit.signal).then(
    () => trainer.kill(),
    () => undefined,
  );
  try {
    for await (const message of trainer.messages()) {
      if (message.type === 'failed') throw new CodedError(message.code, message.detail);
      if (message.type !== 'ready') continue;
      if (message.notice !== null) logger.warn(message.notice);
      logger.info({ pin: message.pin, threads }, 'compute backend chosen');
      // Every attempt computes as was found now, also where `auto` would find something else later.
      const found = computeBackends.find((name) => name === message.pin.backend) ?? backend;
      return { backend: found, device, threads, isa, pin: message.pin };
    }
    const exit = await trainer.exited;
    throw new CodedError(
      'backend.unavailable',
      `with SPIKEFIT_BACKEND=${backend} the trainer gave no answer (exit code ${exit.code}, signal ${exit.signal}): ${exit.errorTail.slice(-1000)}`,
    );
  } finally {
    timeLimit.abort();
  }
}
