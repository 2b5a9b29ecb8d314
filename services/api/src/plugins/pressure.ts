import underPressure from '@fastify/under-pressure';
import plugin from 'fastify-plugin';

export interface PressureOptions {
  /** Mean delay of the event loop above which requests are refused, in milliseconds; 0 for never. */
  readonly maxEventLoopDelayMs: number;
}

/** Refuses new requests (`service.overloaded`) while the process cannot keep up with those it has. */
export default plugin<PressureOptions>(
  async (app, { maxEventLoopDelayMs }) => {
    await app.register(underPressure, { maxEventLoopDelay: maxEventLoopDelayMs, retryAfter: 10 });
  },
  { name: 'pressure', dependencies: ['problems'], fastify: '5.x' },
);
