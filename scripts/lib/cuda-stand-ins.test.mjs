import { expect, test } from 'vitest';
import { cudaSymbols, neededLibraries, standInSource } from './cuda-stand-ins.mjs';

test('the CUDA libraries that are linked to, once each', () => {
  const readelf = `
 0x0000000000000001 (NEEDED)             Shared library: [libcublas.so.13]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [libcublas.so.13]
 0x000000000000000e (SONAME)             Library soname: [libcudnn.so.9]
 0x0000000000000001 (NEEDED)             Shared library: [libnvshmem_host.so.3]`;
  expect(neededLibraries(readelf)).toEqual(['libcublas.so.13', 'libnvshmem_host.so.3']);
});

test('the CUDA symbols that are missing, without versions', () => {
  const nm = `
libtorch_cuda.so:
                 U cublasCreate_v2@libcublas.so.13
                 U memcpy@GLIBC_2.14
                 w ncclCommInitRank
                 U cublasCreate_v2@libcublas.so.13
                 U cudaMalloc@libcudart.so.13`;
  expect(cudaSymbols(nm)).toEqual(['cublasCreate_v2', 'ncclCommInitRank']);
});

test('the source of a stand-in', () => {
  expect(standInSource(['nvshmem_init'])).toBe('void abort(void);\nvoid nvshmem_init(void) { abort(); }\n');
});
