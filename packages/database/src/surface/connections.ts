export interface ConnectOptions {
  url: string;
  /** Default 10. */
  maxConnections?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
}

export interface RolePasswords {
  owner: string;
  application: string;
  notifier: string;
}

export interface ProvisionOptions {
  /** Database to create, default `spikefit`. */
  database?: string;
  passwords: RolePasswords;
}

export interface DatabaseUrls {
  ownerUrl: string;
  applicationUrl: string;
  notifierUrl: string;
}

export interface MigrateOptions {
  /** Default: prisma/migrations of this checkout. */
  directory?: string;
  onApplied?: (migration: string) => void;
}
