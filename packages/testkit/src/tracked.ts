/**
 * What tests hold and must let go of. Every helper of this package that hands out a resource registers it here; the
 * leak checks look for what a test opened and did not dispose.
 */
interface Held {
  readonly what: string;
}

const held = new Set<Held>();

/** Registers a resource as held until the answer is called. */
export function hold(what: string): () => void {
  const entry: Held = { what };
  held.add(entry);
  return () => {
    held.delete(entry);
  };
}

/** Registers a disposable: disposing it, or its `stop` where it has one, ends the registration. */
export function tracked<Resource extends AsyncDisposable>(what: string, resource: Resource): Resource {
  const release = hold(what);
  const dispose = resource[Symbol.asyncDispose].bind(resource);
  const end = async () => {
    await dispose();
    release();
  };
  return Object.assign(resource, { [Symbol.asyncDispose]: end }, 'stop' in resource ? { stop: end } : {});
}

/** A mark of what is held now. */
export function heldNow(): ReadonlySet<Held> {
  return new Set(held);
}

/** What is held now and was not at the mark. */
export function heldSince(mark: ReadonlySet<Held>): string[] {
  return [...held].filter((entry) => !mark.has(entry)).map((entry) => entry.what);
}
