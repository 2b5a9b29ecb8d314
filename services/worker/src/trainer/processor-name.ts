import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';

const nvidiaDriver = '/proc/driver/nvidia/gpus';

/** The model of the CPU, or of the first GPU as its driver tells; an empty text where that is not told. */
export function processorName(device: 'cpu' | 'gpu'): string {
  return (device === 'cpu' ? cpus()[0]?.model : gpuModel())?.trim() ?? '';
}

function gpuModel(): string | undefined {
  try {
    const [first] = readdirSync(nvidiaDriver).sort();
    const text = readFileSync(path.join(nvidiaDriver, first ?? '', 'information'), 'utf8');
    return /^Model:\s*(.+)$/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
