export type { ObjectInfo, ObjectSource, ObjectStore, ObjectStoreOptions } from './object-store.ts';
export { openObjectStore } from './open-object-store.ts';
