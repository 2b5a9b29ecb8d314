/** What WebGPU tells of an adapter, as far as it is read here. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True for one that computes on the CPU. */
  readonly isFallbackAdapter: boolean;
}

interface Gpu {
  requestAdapter(options: object): Promise<{ readonly info: AdapterInfo } | null>;
}

interface Dawn {
  create(flags: string[]): Gpu;
  readonly globals: object;
}

/**
 * Puts WebGPU where a browser has it: `navigator.gpu`, and its constructors and constants on the global object.
 * @throws Error in one line with the remedy, where Dawn does not load or finds no adapter
 */
export async function openGpu(): Promise<AdapterInfo> {
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  const gpu = create([]);
  // Node has no navigator before 21, and one without `gpu` since.
  const host = globalThis as { navigator?: object };
  host.navigator ??= {};
  Object.defineProperty(host.navigator, 'gpu', { value: gpu, configurable: true });
  // As TensorFlow.js asks for it, so that this is the one that computes.
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error(
      "WebGPU finds no adapter: install the GPU's Vulkan driver and libvulkan.so.1 (Debian: apt-get install libvulkan1)",
    );
  }
  return adapter.info;
}

async function loadDawn(): Promise<Dawn> {
  try {
    // Its types want the DOM's.
    return (await import('webgpu' as string)) as Dawn;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new Error(`the package webgpu does not load on ${process.platform}-${process.arch} (${said})`, {
      cause,
    });
  }
}
