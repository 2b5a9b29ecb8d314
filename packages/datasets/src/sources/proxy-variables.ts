/** Environment variables, as whoever may read the process's hands them on. */
export type Environment = Readonly<Record<string, string | undefined>>;

const names = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'] as const;

/** The variables that name proxies, in the lower case that apt reads; lower case wins where both are set. */
export function proxyVariables(environment: Environment): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = environment[name] ?? environment[name.toUpperCase()];
    if (value !== undefined && value !== '') found[name] = value;
  }
  return found;
}
