// The virtual environment with the libraries that `npm run bench -- step --peers` compares with.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, inRoot } from './paths.mjs';
import { hashOf } from './stamp.mjs';

export const peersFolder = inRoot('packages', 'bench', 'peers');

/** Where the environment is or would be; another list of versions has another folder. */
export function peersEnvironment() {
  const hash = hashOf([path.join(peersFolder, 'requirements.txt')]);
  return path.join(cacheFolder(), 'peers', hash.slice(0, 12));
}

/** Written when everything is installed and has been tried. @param {string} environment */
export const readyFile = (environment) => path.join(environment, 'ready');

/** The environment's Python; undefined where it is not set up. */
export function peersPython() {
  const environment = peersEnvironment();
  const python = path.join(environment, 'bin', 'python');
  return existsSync(python) && existsSync(readyFile(environment)) ? python : undefined;
}
