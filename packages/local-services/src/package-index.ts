/** The Python package index that pip would use: environment first, then pip's configuration files. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Environment, processEnvironment } from './environment.ts';

export interface PackageIndex {
  /** Ends with a slash and holds no credentials. */
  readonly url: URL;
  /** Carries the credentials of the configured URL, if it had any. */
  readonly headers: Record<string, string>;
}

const publicIndex = 'https://pypi.org/simple/';

export function packageIndex(environment: Environment = processEnvironment): PackageIndex {
  const configured = environment.PIP_INDEX_URL || fromFiles(environment) || publicIndex;
  const url = new URL(configured.endsWith('/') ? configured : `${configured}/`);
  const headers: Record<string, string> = {};
  if (url.username !== '') {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  return { url, headers };
}

/** Later files win, as with pip: the machine's, then the user's, then the one that PIP_CONFIG_FILE names. */
function fromFiles(environment: Environment): string | undefined {
  const home = environment.HOME || homedir();
  const files = [
    '/etc/pip.conf',
    path.join(home, '.pip', 'pip.conf'),
    path.join(environment.XDG_CONFIG_HOME || path.join(home, '.config'), 'pip', 'pip.conf'),
    environment.PIP_CONFIG_FILE,
  ];
  return files
    .flatMap((file) => (file !== undefined && existsSync(file) ? [readFileSync(file, 'utf8')] : []))
    .map(indexUrlOf)
    .findLast((url) => url !== undefined);
}

/** `index-url` of the section `[global]`, or of `[download]`, which is more special. */
export function indexUrlOf(iniText: string): string | undefined {
  const found: Record<string, string> = {};
  let section = '';
  for (const line of iniText.split('\n')) {
    const header = /^\s*\[([^\]]+)\]/.exec(line);
    if (header) section = (header[1] ?? '').trim();
    const value = /^\s*index[-_]url\s*[=:]\s*(\S+)/.exec(line);
    if (value?.[1] !== undefined) found[section] = value[1];
  }
  return found.download ?? found.global;
}
