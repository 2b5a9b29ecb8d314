import { CodedError } from '@spikefit/contracts';

/** What the migrations call the three roles. */
export const roleNames = {
  owner: 'spikefit_owner',
  application: 'spikefit_application',
  notifier: 'spikefit_notifier',
} as const;

export type RoleKind = keyof typeof roleNames;
export const roleKinds = Object.keys(roleNames) as RoleKind[];

/** Roles belong to the whole server: a suffix sets those of one database apart from those of others. */
export function rolesWithSuffix(suffix: string): Record<RoleKind, string> {
  // Such names need no quotes, and the longest one is within Postgres's 63 bytes.
  if (!/^[a-z0-9_]{0,40}$/.test(suffix)) {
    throw new CodedError(
      'config.invalid',
      `the suffix of roles "${suffix}" must be up to 40 of a-z, 0-9 and "_"`,
    );
  }
  return {
    owner: roleNames.owner + suffix,
    application: roleNames.application + suffix,
    notifier: roleNames.notifier + suffix,
  };
}

/** The suffix of an owner's name; none when it is a role that somebody else named. */
export function suffixOfOwner(owner: string): string {
  return owner.startsWith(roleNames.owner) ? owner.slice(roleNames.owner.length) : '';
}

/** The SQL of a migration, for the roles with a suffix. */
export function withRoles(sql: string, suffix: string): string {
  if (suffix === '') return sql;
  const roles = rolesWithSuffix(suffix);
  return sql.replace(/\bspikefit_(owner|application|notifier)\b/g, (_, kind: RoleKind) => roles[kind]);
}
