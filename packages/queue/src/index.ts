import type { Consumer, ConsumerOptions, Producer, QueueOptions } from './surface.ts';

export type * from './surface.ts';

export declare function createProducer(options: QueueOptions): Producer;
export declare function createConsumer(options: ConsumerOptions): Consumer;
