/** Headings of the groups, by the first part of a code; the order of the catalogue is kept. */
const groups = {
  request: 'Requests',
  route: 'Routes',
  resource: 'Resources',
  auth: 'Authentication and authorization',
  idempotency: 'Idempotency',
  spec: 'Specification of a job',
  webhook: 'Webhooks',
  job: 'Jobs',
  report: 'Reports',
  sweep: 'Sweeps',
  service: 'Service',
  internal: 'Internal',
  config: 'Configuration',
  backend: 'Compute',
  dataset: 'Data sets',
  artifact: 'Artifacts',
  checkpoint: 'Checkpoints',
  object: 'Object store',
  storage: 'Storage',
};

const classes = {
  user: 'The request or the job is at fault. A job that meets it fails at once.',
  transient: 'It passes. Send the request again; a job is tried again by itself, with growing delays.',
  interrupted:
    'The attempt ended, the job did not: it goes back to the queue and on from its last checkpoint.',
  internal: 'We are at fault. A job that meets it fails at once.',
};

const introduction = `# Errors

<!-- Generated from packages/contracts/src/errors.ts by packages/contracts/scripts/generate-errors.mjs; do not edit. -->

Every error of the API is \`application/problem+json\` (RFC 9457) with one of the codes below in \`code\`; \`errors\` lists the
fields that are wrong, each with a JSON pointer. A job that fails has one of them in \`error.code\`. The codes are stable:
new ones may be added, none changes its meaning.

| class | meaning |
|---|---|
${Object.entries(classes)
  .map(([name, meaning]) => `| ${name} | ${meaning} |`)
  .join('\n')}
`;

/**
 * The catalogue as Markdown, one heading per code so that it can be linked to.
 * @param {Readonly<Record<string, {status: number, title: string, remedy: string, class: string}>>} catalogue
 * @returns {string}
 */
export function renderErrors(catalogue) {
  const definitions = Object.entries(catalogue);
  const groupOf = (/** @type {string} */ code) => code.split('.', 1).join();
  const sections = Object.entries(groups).map(([prefix, heading]) => {
    const entries = definitions
      .filter(([code]) => groupOf(code) === prefix)
      .map(
        ([code, { status, title, remedy, class: kind }]) =>
          `### ${code}\n\n**${title}.** HTTP status ${status}, class ${kind}.\n\n${remedy}\n`,
      );
    if (entries.length === 0) throw new Error(`no code begins with "${prefix}.": remove its heading`);
    return `## ${heading}\n\n${entries.join('\n')}`;
  });
  const homeless = Object.keys(catalogue).filter((code) => !Object.hasOwn(groups, groupOf(code)));
  if (homeless.length > 0)
    throw new Error(`no heading for ${homeless.join(', ')}: add one to render-errors.mjs`);
  return `${introduction}\n${sections.join('\n')}`;
}
