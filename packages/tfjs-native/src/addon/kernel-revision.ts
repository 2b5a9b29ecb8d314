/**
 * Raised whenever a change makes any kernel give other bits for the same inputs. Checkpoints pin it. The same number
 * stands in cpp/kernel_revision.h.
 */
export const kernelRevision = 3;
