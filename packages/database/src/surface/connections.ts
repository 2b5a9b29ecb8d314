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
  /**
   * Appended to the names of the roles: for a throw-away database on a server that others use too. The migrations
   * follow. Default none. Up to 40 of a-z, 0-9 and "_".
   */
  roleSuffix?: string;
  /** Give roles that exist the passwords above. Default false: they must have them already. */
  resetPasswords?: boolean;
}

export interface UnprovisionOptions {
  database: string;
  /** As provisioned. Roles without a suffix stay. */
  roleSuffix: string;
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
