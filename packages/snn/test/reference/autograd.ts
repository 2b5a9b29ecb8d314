/**
 * Reverse-mode differentiation of single numbers in double precision: the slow, plain oracle that the tensor code
 * is compared with. A value knows the values it was made from and the partial derivative by each.
 */
export interface Value {
  readonly value: number;
  readonly parents: readonly { readonly of: Value; readonly by: number }[];
  gradient: number;
}

const make = (value: number, ...parents: { of: Value; by: number }[]): Value => ({
  value,
  parents,
  gradient: 0,
});

export const constant = (value: number): Value => make(value);
export const add = (a: Value, b: Value): Value => make(a.value + b.value, { of: a, by: 1 }, { of: b, by: 1 });
export const subtract = (a: Value, b: Value): Value =>
  make(a.value - b.value, { of: a, by: 1 }, { of: b, by: -1 });
export const multiply = (a: Value, b: Value): Value =>
  make(a.value * b.value, { of: a, by: b.value }, { of: b, by: a.value });
export const divide = (a: Value, b: Value): Value =>
  make(a.value / b.value, { of: a, by: 1 / b.value }, { of: b, by: -a.value / b.value ** 2 });
export const sum = (values: readonly Value[]): Value =>
  make(
    values.reduce((total, { value }) => total + value, 0),
    ...values.map((of) => ({ of, by: 1 })),
  );
export const mean = (values: readonly Value[]): Value => divide(sum(values), constant(values.length));
/** Any function of one number with the derivative that is to be used for it, right or not. */
export const apply = (a: Value, value: number, derivative: number): Value =>
  make(value, { of: a, by: derivative });
export const squareRoot = (a: Value): Value => apply(a, Math.sqrt(a.value), 0.5 / Math.sqrt(a.value));
export const exponential = (a: Value): Value => apply(a, Math.exp(a.value), Math.exp(a.value));
export const logarithm = (a: Value): Value => apply(a, Math.log(a.value), 1 / a.value);
export const logistic = (a: Value): Value => {
  const s = 1 / (1 + Math.exp(-a.value));
  return apply(a, s, s * (1 - s));
};
/** The same number without its history. */
export const detach = (a: Value): Value => constant(a.value);
/** The same number as a node of its own, so that its gradient counts only what is reached through it. */
export const branch = (a: Value): Value => apply(a, a.value, 1);

/** Sets `gradient` of everything that `result` was made from to d result / d value. */
export function backward(result: Value): void {
  const order: Value[] = [];
  const seen = new Set<Value>();
  // Own stack: a network is a graph deeper than the call stack.
  const stack: { node: Value; done: boolean }[] = [{ node: result, done: false }];
  while (stack.length > 0) {
    const { node, done } = stack.pop()!;
    if (done) {
      order.push(node);
      continue;
    }
    if (seen.has(node)) continue;
    seen.add(node);
    node.gradient = 0;
    stack.push({ node, done: true });
    for (const { of } of node.parents) if (!seen.has(of)) stack.push({ node: of, done: false });
  }
  result.gradient = 1;
  for (const node of order.reverse())
    for (const { of, by } of node.parents) of.gradient += by * node.gradient;
}
