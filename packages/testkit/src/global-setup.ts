/** Vitest global set-up: the broker of shared servers, for the whole run. */
import type { TestProject } from 'vitest/node';
import { Broker, type BrokerAddress } from './broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    spikefitBroker: BrokerAddress;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const broker = new Broker();
  project.provide('spikefitBroker', await broker.start());
  return () => broker.stop();
}
