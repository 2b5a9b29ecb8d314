/** Small conversions between what Postgres gives and what the contracts say. */
import type { Prisma } from './generated/client.ts';

export const isoTime = (time: Date): string => time.toISOString();
export const isoTimeOrNull = (time: Date | null): string | null => time?.toISOString() ?? null;

/** A value that is JSON by its type, for a jsonb column. */
export const toJson = (value: unknown): Prisma.InputJsonValue => value as Prisma.InputJsonValue;

/** Prisma wants views on an ArrayBuffer of their own. */
export const toBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
