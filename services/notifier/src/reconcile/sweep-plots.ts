import { createHash } from 'node:crypto';
import { figuresOf, sweepPlot, tabulate } from '@spikefit/sweeps';
import type { Resources } from '../resources.ts';

const batch = 10;

/**
 * Draws the plots of sweeps that have ended. The key names how often the sweep was resumed, so a picture of an earlier
 * end is never in the way; the same results give the same bytes, so doing it twice is fine.
 */
export async function drawSweepPlots({ database, logger, metrics, objectStore }: Resources): Promise<void> {
  for (const { sweep, cells } of await database.sweepPlots.ended(batch)) {
    const results = cells.map(({ reported, ...cell }) => ({
      ...cell,
      figures: reported === null ? null : figuresOf(reported),
    }));
    const picture = Buffer.from(sweepPlot(sweep.name ?? sweep.id, tabulate(sweep.axes, results)));
    const sha256 = createHash('sha256').update(picture).digest('hex');
    const objectKey = `sweeps/${sweep.id}/plot-${sweep.resumes}.svg`;
    await objectStore.put(objectKey, picture, { sha256 });
    const { id: sweepId, resumes } = sweep;
    await database.sweepPlots.keepPlot({ sweepId, resumes, objectKey, sha256, bytes: picture.length });
    metrics.reconciled.inc({ kind: 'sweep-plot' });
    logger.info({ sweepId, status: sweep.status }, 'a sweep has ended, its plot is drawn');
  }
}
