import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

// The little of Jasmine that the op tests of TensorFlow.js use beside what Vitest has under the same name.

interface Constraints {
  /** Asks for the name of another backend, or for something of the environment. */
  readonly predicate?: () => boolean;
  /** What of the environment. */
  readonly needs?: string;
  /** Asks for a flag of another backend. */
  readonly flags?: object;
}

/** Stands in for the constants of tfjs-core's jasmine_util: which tests run where. */
const everywhere: Constraints = {};
const onlyIn = (needs: string): Constraints => ({ predicate: () => false, needs });

/** Why tests that are not for here are skipped; undefined for those that are. */
function whyNotHere(constraints: Constraints | undefined): string | undefined {
  if (constraints?.needs !== undefined) return `SKIPPED: for ${constraints.needs}`;
  const flags = Object.keys(constraints?.flags ?? {});
  if (flags.length > 0) return `SKIPPED: for a backend with the flag ${flags.join(', ')}`;
  return constraints?.predicate === undefined ? undefined : 'SKIPPED: for a backend of another name';
}

/** Why tests are skipped that tfjs-core skips everywhere. */
const byItsAuthors = 'SKIPPED: by tfjs-core itself';

/** What replaces tfjs-core's jasmine_util: its tests, registered with Vitest on this backend. */
export function jasmineUtilFor(backendName: string): Record<string, unknown> {
  const describeWithFlags = (
    name: string,
    constraints: Constraints,
    tests: (environment: object) => void,
  ): void => {
    const reason = whyNotHere(constraints);
    if (reason !== undefined) {
      it.skip(`${name}: ${reason}`, () => {});
      return;
    }
    const start = async (): Promise<void> => {
      tf.engine().reset();
      await tf.setBackend(backendName);
    };
    describe(name, () => {
      beforeAll(start);
      let tensors = 0;
      beforeEach(() => {
        tensors = tf.memory().numTensors;
        tf.engine().startScope();
      });
      afterEach(async () => {
        tf.engine().endScope();
        tf.engine().disposeVariables();
        // A gradient that throws (there are tests for it) leaves the tensors that it kept.
        if (tf.memory().numTensors > tensors) await start();
      });
      afterAll(() => tf.engine().reset());
      tests({ name: backendName, backendName, isDataSync: true });
    });
  };
  return {
    describeWithFlags,
    ...{ ALL_ENVS: everywhere, NODE_ENVS: everywhere, SYNC_BACKEND_ENVS: everywhere },
    ...{ BROWSER_ENVS: onlyIn('a browser'), CHROME_ENVS: onlyIn('Chrome') },
    ...{ HAS_WORKER: onlyIn('a browser with workers'), HAS_NODE_WORKER: onlyIn('worker threads') },
  };
}

type Done = (() => void) & { fail: (reason: unknown) => void };

/** `it`, also for tests that end by calling `done`. */
function itWithDone(name: string, test: (done?: Done) => unknown): void {
  if (test.length === 0) {
    it(name, () => test() as undefined);
    return;
  }
  it(
    name,
    () =>
      new Promise<void>((resolve, reject) => {
        test(Object.assign(() => resolve(), { fail: reject }));
      }),
  );
}

/** A spy as Jasmine makes it: it does nothing until told what, and starts again where there was one. */
function spyOn(object: Record<string, (...values: unknown[]) => unknown>, method: string) {
  const spy = vi.spyOn(object, method).mockClear();
  spy.mockImplementation(() => undefined);
  const callFake = (fake: (...values: unknown[]) => unknown) => spy.mockImplementation(fake);
  return Object.assign(spy, { and: { callFake } });
}

/** Jasmine's globals. */
export function installGlobals(): void {
  expect.extend({ nothing: () => ({ pass: true, message: () => '' }) });
  const expectAsync = (promise: Promise<unknown>) => ({
    toBeRejectedWithError: (message: string | RegExp) => expect(promise).rejects.toThrow(message),
  });
  const fail = (message: string): never => {
    throw new Error(message);
  };
  const xit = (name: string) => it.skip(`${name}: ${byItsAuthors}`, () => {});
  Object.assign(globalThis, { it: itWithDone, xit, describe, xdescribe: describe.skip });
  Object.assign(globalThis, { beforeAll, beforeEach, afterEach, afterAll, expect, expectAsync, fail });
  Object.assign(globalThis, { spyOn, jasmine: {} });
}
