/** SwiftShader, a Vulkan driver that computes on the CPU, as Chromium brings it: WebGPU without a GPU. */
import { existsSync, readdirSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import path from 'node:path';
import { findProgram, processEnvironment } from '@spikefit/local-services';

const driver = 'vk_swiftshader_icd.json';
const loader = 'libvulkan.so.1';

export type SwiftShader =
  | {
      readonly available: true;
      /** Makes a program that is started with it use SwiftShader. */
      readonly environment: { readonly VK_ICD_FILENAMES: string; readonly LD_LIBRARY_PATH: string };
      /** Makes this process find Vulkan's loader, which only the start of a process can be told by environment. */
      readonly loadVulkan: () => void;
    }
  | { readonly available: false; readonly reason: string };

export function findSwiftShader(): SwiftShader {
  const folder = usualFolders().find((candidate) =>
    [driver, loader].every((name) => existsSync(path.join(candidate, name))),
  );
  if (folder === undefined) {
    return { available: false, reason: 'no SwiftShader found: install Chromium (apt-get install chromium)' };
  }
  const earlier = processEnvironment.LD_LIBRARY_PATH;
  return {
    available: true,
    environment: {
      VK_ICD_FILENAMES: path.join(folder, driver),
      LD_LIBRARY_PATH: [folder, ...(earlier ? [earlier] : [])].join(path.delimiter),
    },
    loadVulkan: () => keepLoaded(path.join(folder, loader)),
  };
}

function usualFolders(): string[] {
  const named = processEnvironment.VK_ICD_FILENAMES;
  const chromium = findProgram('chromium') ?? findProgram('google-chrome');
  return [
    ...(named ? [path.dirname(named)] : []),
    ...(chromium ? [path.dirname(chromium)] : []),
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    ...playwrightFolders(),
  ];
}

function playwrightFolders(): string[] {
  const cache = path.join(homedir(), '.cache', 'ms-playwright');
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith('chromium'))
    .map((name) => path.join(cache, name, 'chrome-linux'));
}

/** Of glibc: a library stays when its handle is closed. */
const RTLD_NODELETE = 0x1000;

/** Whoever opens a library by its name later gets the one that is loaded. */
function keepLoaded(library: string): void {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // Node loads it, finds that it is no addon of its own, and closes it.
  }
}
