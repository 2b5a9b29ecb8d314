/**
 * The position, among M levels in ascending order, of the one that is 0 for good: as many below it as two's complement
 * has, −⌊M/2⌋ … ; of three the middle one.
 */
export const pinnedLevel = (levels: number): number => Math.floor(levels / 2);
