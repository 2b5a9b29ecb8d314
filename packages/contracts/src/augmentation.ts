/** What a training sample may undergo; the catalogue says which of them fit a data set. */
export const augmentations = ['none', 'flip', 'crop', 'flip-crop', 'jitter'] as const;
export type Augmentation = (typeof augmentations)[number];
