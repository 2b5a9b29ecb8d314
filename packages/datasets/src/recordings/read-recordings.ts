import type { Shape3 } from '@spikefit/contracts';
import { checkEvents } from '../formats/event-format.ts';
import { readWhole } from '../read-content.ts';
import type { EventSplit } from '../split.ts';
import type { Recording } from './find-recordings.ts';

/** Files that are read at once. */
const filesAtOnce = 64;

/** Reads and checks the files of one split; throws what `openDataset` throws. */
export async function readRecordings(recordings: readonly Recording[], shape: Shape3): Promise<EventSplit> {
  const contents: Uint8Array[] = [];
  for (let from = 0; from < recordings.length; from += filesAtOnce) {
    const some = recordings.slice(from, from + filesAtOnce);
    const read = await Promise.all(some.map(({ path }) => readWhole(path)));
    for (const [i, content] of read.entries()) checkEvents(content, shape, some[i]!.path);
    contents.push(...read);
  }
  return {
    kind: 'events',
    recordings: contents,
    labels: Uint8Array.from(recordings, ({ label }) => label),
    count: recordings.length,
    shape,
  };
}
