/** What the administrator does: tenants and their first keys. Role spikefit_owner. */
import type { NewApiKey } from './application.ts';
import type { StoredApiKey } from './records.ts';

export interface Tenant {
  id: string;
  name: string;
  createdAt: string;
}

export interface OwnerDatabase extends AsyncDisposable {
  /** @param encryptedWebhookSecret the default secret of its webhooks, encrypted by the caller */
  createTenant(tenant: { name: string; encryptedWebhookSecret: Uint8Array }): Promise<Tenant>;
  listTenants(): Promise<Tenant[]>;
  /** The old secret goes on signing beside the new one for `overlapSeconds`. @returns false: no such tenant */
  rotateWebhookSecret(request: {
    tenantId: string;
    encryptedWebhookSecret: Uint8Array;
    overlapSeconds: number;
  }): Promise<boolean>;
  /** `secret` (`sk_…`) exists only in this answer. */
  createApiKey(key: NewApiKey): Promise<{ apiKey: StoredApiKey; secret: string }>;
  close(): Promise<void>;
}
