import { CodedError } from '@spikefit/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArchitecture } from './tokens.ts';

function failure(text: string): CodedError {
  try {
    parseArchitecture(text);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error(`"${text}" was read`);
}

describe('parseArchitecture', () => {
  it('reads every token', () => {
    expect(parseArchitecture('32C3-64C5S2-BN-IF-LIF-PLIF-MP2-AP3-DP0.5-DP.25-FC10')).toEqual([
      { kind: 'conv', filters: 32, kernel: 3, stride: 1, text: '32C3', position: 0 },
      { kind: 'conv', filters: 64, kernel: 5, stride: 2, text: '64C5S2', position: 1 },
      { kind: 'batchNorm', text: 'BN', position: 2 },
      { kind: 'neuron', neuron: 'if', text: 'IF', position: 3 },
      { kind: 'neuron', neuron: 'lif', text: 'LIF', position: 4 },
      { kind: 'neuron', neuron: 'plif', text: 'PLIF', position: 5 },
      { kind: 'maxPool', size: 2, text: 'MP2', position: 6 },
      { kind: 'averagePool', size: 3, text: 'AP3', position: 7 },
      { kind: 'dropout', rate: 0.5, text: 'DP0.5', position: 8 },
      { kind: 'dropout', rate: 0.25, text: 'DP.25', position: 9 },
      { kind: 'dense', units: 10, text: 'FC10', position: 10 },
    ]);
  });

  it.each([
    '',
    'XYZ',
    'C3',
    '0C3',
    '32C0',
    '32C3S0',
    '32C',
    '032C3',
    '32C3 ',
    'FC',
    'FC0',
    'FC1e3',
    'MP',
    'MP1',
    'MP0',
    'AP1',
    'DP0',
    'DP0.0',
    'DP1',
    'DP1.5',
    'DP',
    'RELU',
    '３２C3',
    '32C3\n',
    '__proto__',
    'constructor',
  ])('refuses the token %j and names it with its position', (text) => {
    const error = failure(`FC5-LIF-${text}-FC10`);
    expect(error.code).toBe('spec.architecture-invalid');
    expect(error.detail).toContain(`token "${text}" at position 2`);
    expect(error.errors).toEqual([{ detail: error.detail, pointer: '/model/architecture' }]);
  });

  it('names every unreadable token', () => {
    const error = failure('32X3-BN-lif--FC10');
    expect(error.errors.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('token "32X3" at position 0'),
      expect.stringContaining('token "lif" at position 2'),
      expect.stringContaining('token "" at position 3'),
    ]);
    expect(error.errors[1]!.detail).toContain('did you mean "LIF"?');
  });

  it('refuses more than 64 tokens and says so', () => {
    const error = failure(`${'FC5-LIF-'.repeat(32)}FC10`);
    expect(error.code).toBe('spec.network-too-large');
    expect(error.detail).toContain('65 tokens; the limit is 64');
  });

  it('either reads a text or refuses it with a coded error', () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.stringMatching(/^[0-9CSBNILFPMAD.-]{0,8}$/)).map((parts) => parts.join('-')),
    );
    fc.assert(
      fc.property(text, (sample) => {
        try {
          const tokens = parseArchitecture(sample);
          expect(tokens.map((token) => token.text).join('-')).toBe(sample);
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
