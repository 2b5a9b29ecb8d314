import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { kernelRevision } from './kernel-revision.ts';
import type { InstructionSetName, NativeAddon } from './native-addon.ts';

// Both src/addon and dist/addon lie two folders below the package.
const addonPath = fileURLToPath(new URL('../../build/spikefit_native.node', import.meta.url));
const remedy = 'build it with `node packages/tfjs-native/scripts/build.mjs` (needs g++ or clang++)';

export type NativeAddonStatus =
  | { readonly available: true; readonly instructionSets: readonly InstructionSetName[] }
  | { readonly available: false; readonly reason: string };

type Loaded = { readonly addon: NativeAddon } | { readonly reason: string };
let loaded: Loaded | undefined;

function load(): Loaded {
  if (!existsSync(addonPath)) return { reason: `the native addon is not built: ${remedy}` };
  let addon: NativeAddon;
  try {
    addon = createRequire(import.meta.url)(addonPath) as NativeAddon;
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    return { reason: `the native addon does not load (${message}): ${remedy}` };
  }
  if (addon.kernelRevision !== kernelRevision) {
    return {
      reason: `the native addon has kernel revision ${addon.kernelRevision}, not ${kernelRevision}: ${remedy}`,
    };
  }
  return { addon };
}

/** Looks once; a failure is looked at again, since the addon may have been built meanwhile. */
function loadOnce(): Loaded {
  if (loaded === undefined || 'reason' in loaded) loaded = load();
  return loaded;
}

/**
 * Whether the native kernels can run here: the instruction sets of this CPU, best first, or one line that says what is
 * wrong and what to do.
 */
export function nativeAddonStatus(): NativeAddonStatus {
  const result = loadOnce();
  if ('reason' in result) return { available: false, reason: result.reason };
  const sets = result.addon.instructionSets().filter(({ compiled, supported }) => compiled && supported);
  return { available: true, instructionSets: sets.map(({ name }) => name) };
}

/** The addon, or an Error with the line of `nativeAddonStatus`. */
export function loadNativeAddon(): NativeAddon {
  const result = loadOnce();
  if ('reason' in result) throw new Error(result.reason);
  return result.addon;
}
