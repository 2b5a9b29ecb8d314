import { readAnswer } from '../application/idempotency.ts';
import type { Connection, Transaction } from '../connection.ts';
import type { StoredSweep, SweepRepository } from '../surface/sweeps.ts';
import { cancelSweep } from './cancel-sweep.ts';
import { createSweep } from './create-sweep.ts';
import { cellsOf, figuresOfReports, getSweep, listSweeps, resultsOf } from './read-sweeps.ts';
import { resumeSweep } from './resume-sweep.ts';

export function createSweeps(connection: Connection): SweepRepository {
  const withCells = <Cell>(readCells: (tx: Transaction, sweepId: string) => Promise<Cell[]>) => {
    return ({ tenantId, sweepId }: { tenantId: string; sweepId: string }) =>
      connection.tenantTransaction(
        tenantId,
        async (tx): Promise<{ sweep: StoredSweep; cells: Cell[] } | null> => {
          const sweep = await getSweep(tx, tenantId, sweepId);
          return sweep && { sweep, cells: await readCells(tx, sweepId) };
        },
      );
  };
  return {
    create: (sweep) => createSweep(connection, sweep),
    storedAnswer: ({ tenantId, ...key }) =>
      connection.tenantTransaction(tenantId, (tx) => readAnswer(tx, tenantId, key)),
    get: withCells(cellsOf),
    list: (query) => connection.tenantTransaction(query.tenantId, (tx) => listSweeps(tx, query)),
    results: withCells((tx, sweepId) => resultsOf(tx, sweepId, figuresOfReports)),
    requestCancel: (sweep) => cancelSweep(connection, sweep),
    resume: (sweep) => resumeSweep(connection, sweep),
  };
}
