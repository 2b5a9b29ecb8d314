export type { DataFile } from './dataset-files.ts';
export { type EnsureDatasetOptions, ensureDataset } from './ensure-dataset.ts';
export * from './fill-batch.ts';
export { type OpenDataset, openDataset } from './open-dataset.ts';
export * from './select-samples.ts';
export type { DatasetSource, ReadOptions } from './sources/source.ts';
export type { EventSplit, ImageSplit, Split } from './split.ts';
