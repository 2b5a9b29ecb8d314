/** Milliseconds with three digits at least. */
export const milliseconds = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);

export const ratio = (value: number): string => `${value.toFixed(value >= 10 ? 1 : 2)}×`;

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
