import type { Resources } from '../resources.ts';

const batch = 500;
/**
 * An object is written before the row that makes it real. One without a row is garbage only when it is so old that
 * no attempt can still be about to write that row.
 */
const graceMs = 24 * 3_600_000;

/**
 * Deletes full states that no attempt will ask for. One whose deletion fails here is an object that nothing refers to,
 * and is found as such later.
 */
export async function deleteRetiredStates({ database, metrics, objectStore }: Resources): Promise<void> {
  for (const key of await database.reconciler.retireStates(batch)) {
    await objectStore.delete(key);
    metrics.reconciled.inc({ kind: 'retired-state' });
  }
}

/** Deletes objects that no checkpoint, artifact, sweep or pretrained state refers to: of fenced attempts, of crashes, of earlier ends. */
export async function collectGarbage(
  { clock, database, logger, metrics, objectStore }: Resources,
  signal: AbortSignal,
): Promise<void> {
  const oldEnough = clock.now().getTime() - graceMs;
  let keys: string[] = [];
  const deleteUnreferenced = async () => {
    for (const key of await database.reconciler.unreferencedObjects(keys)) {
      await objectStore.delete(key);
      metrics.reconciled.inc({ kind: 'garbage' });
      logger.info({ key }, 'deleted an object that nothing refers to');
    }
    keys = [];
  };
  for (const prefix of ['jobs/', 'sweeps/', 'pretrained/']) {
    for await (const object of objectStore.list(prefix)) {
      if (signal.aborted) return;
      if (object.modifiedAt.getTime() > oldEnough) continue;
      keys.push(object.key);
      if (keys.length === batch) await deleteUnreferenced();
    }
  }
  if (keys.length > 0) await deleteUnreferenced();
}
