import type { ObjectStore, ObjectStoreOptions } from './object-store.ts';

export type { ObjectInfo, ObjectSource, ObjectStore, ObjectStoreOptions } from './object-store.ts';

/** @param url `file:/directory` or `s3://bucket/prefix?endpoint=https://…&region=…` */
export declare function openObjectStore(url: string, options?: ObjectStoreOptions): ObjectStore;
