export { createConsumer } from './consumer.ts';
export { createProducer } from './producer.ts';
export type * from './surface.ts';
