/** Which methods a path answers to, so that a known path with another method is 405 and not 404. */
export class RouteTable {
  readonly #routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** `url` as in Fastify: `/v1/jobs/:jobId`, or with `*` at its end. */
  add(methods: string | readonly string[], url: string): void {
    const source = url
      .split('/')
      .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment === '*' ? '.*' : escapeRegExp(segment)))
      .join('/');
    this.#routes.push({ pattern: new RegExp(`^${source}$`), methods: [methods].flat() });
  }

  /** Sorted; empty for an unknown path. */
  methods(path: string): string[] {
    const plain = path.length > 1 ? path.replace(/\/$/, '') : path;
    const matching = this.#routes.filter(({ pattern }) => pattern.test(plain));
    return [...new Set(matching.flatMap(({ methods }) => methods))].sort();
  }
}

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
