// The memory and thread checkers that watch the kernels' test program, and what each can see.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {object} Checker
 * @property {string} name
 * @property {string} title
 * @property {readonly string[]} flags  compiler flags beside the addon's
 * @property {readonly string[]} linkFlags
 * @property {readonly string[]} runner  what the program is started with
 * @property {Readonly<Record<string, string>>} environment
 * @property {boolean} exactScratch  working memory of exactly the size asked for
 * @property {readonly string[]} sets  instruction sets that it understands, the best first
 * @property {boolean} onlyBest  one instruction set is enough: what it looks for does not depend on it
 * @property {number} threads
 * @property {number} largest  most array elements of a call that is run
 * @property {number} poolRounds
 */

const all = ['avx512', 'avx2', 'baseline'];
/** A sanitizer wants to see the code as written; alignment and vector types it checks all the same. */
const instrumented = ['-O1', '-g', '-fno-omit-frame-pointer'];
const sanitizers = [
  '-fsanitize=address,undefined,float-cast-overflow',
  '-fno-sanitize=vptr',
  '-fno-sanitize-recover=all',
];

/** @type {readonly Checker[]} */
export const checkers = [
  {
    name: 'memcheck',
    title: 'Valgrind memcheck',
    // As shipped: the addon's own object files.
    flags: [],
    linkFlags: [],
    runner: [
      ...['valgrind', '--quiet', '--error-exitcode=99', '--fair-sched=yes', '--exit-on-first-error=yes'],
      ...[
        '--leak-check=full',
        '--show-leak-kinds=definite,possible',
        '--errors-for-leak-kinds=definite,possible',
      ],
    ],
    environment: {},
    exactScratch: true,
    sets: ['avx2', 'baseline'],
    onlyBest: false,
    threads: 2,
    largest: 20_000,
    poolRounds: 2,
  },
  {
    name: 'asan',
    title: 'AddressSanitizer and UndefinedBehaviorSanitizer',
    flags: [...instrumented, ...sanitizers],
    linkFlags: sanitizers,
    runner: [],
    environment: {
      ASAN_OPTIONS: 'detect_stack_use_after_return=1:allocator_may_return_null=1:max_allocation_size_mb=2048',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
    exactScratch: true,
    sets: all,
    onlyBest: false,
    threads: 3,
    largest: 1_000_000,
    poolRounds: 20,
  },
  {
    name: 'tsan',
    title: 'ThreadSanitizer',
    flags: [...instrumented, '-fsanitize=thread'],
    linkFlags: ['-fsanitize=thread'],
    // Its shadow memory does not fit every randomised layout of the address space.
    runner: ['setarch', process.arch === 'x64' ? 'x86_64' : 'aarch64', '--addr-no-randomize'],
    environment: { TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1' },
    exactScratch: false,
    sets: all,
    onlyBest: true,
    threads: 3,
    largest: 1_000_000,
    poolRounds: 50,
  },
];

/**
 * Whether a program of one line can be built and run so.
 * @param {Checker} checker @param {string} compiler
 * @returns {string | undefined} what is missing
 */
export function missingFor({ name, title, flags, linkFlags, runner, environment }, compiler) {
  const [tool] = runner;
  if (tool !== undefined && spawnSync(tool, ['--version']).error !== undefined) {
    return `${tool} is not installed${tool === 'valgrind' ? ' (Debian: apt-get install valgrind)' : ''}`;
  }
  const folder = mkdtempSync(join(tmpdir(), 'spikefit-checker-'));
  try {
    const [source, program] = [join(folder, 'empty.cpp'), join(folder, 'empty')];
    writeFileSync(source, 'int main() { return 0; }\n');
    const built = spawnSync(compiler, [...flags, ...linkFlags, source, '-o', program], { encoding: 'utf8' });
    if (built.status !== 0) return `${compiler} cannot build for ${title} (${name})`;
    const [command = program, ...rest] = [...runner, program];
    const ran = spawnSync(command, rest, { encoding: 'utf8', env: { ...process.env, ...environment } });
    if (ran.status === 0) return undefined;
    return `${title} does not run here: ${`${ran.stderr}${ran.stdout}`.trim().split('\n')[0]}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
