import type { ApplicationDatabase } from './surface/application.ts';
import type {
  ConnectOptions,
  DatabaseUrls,
  MigrateOptions,
  ProvisionOptions,
} from './surface/connections.ts';
import type { NotifierDatabase } from './surface/notifier.ts';
import type { OwnerDatabase } from './surface/owner.ts';

export { hashApiKey } from './api-key.ts';
export { isId, newId } from './ids.ts';
export type * from './surface/application.ts';
export type * from './surface/attempts.ts';
export type * from './surface/connections.ts';
export type * from './surface/notifier.ts';
export type * from './surface/owner.ts';
export type * from './surface/records.ts';

export declare function connectApplication(options: ConnectOptions): ApplicationDatabase;
export declare function connectNotifier(options: ConnectOptions): NotifierDatabase;
export declare function connectOwner(options: ConnectOptions): OwnerDatabase;
/** Creates roles and database with a superuser's connection; idempotent. */
export declare function provision(adminUrl: string, options: ProvisionOptions): Promise<DatabaseUrls>;
/** Applies the migrations that are missing, under an advisory lock. */
export declare function migrate(ownerUrl: string, options?: MigrateOptions): Promise<{ applied: string[] }>;
