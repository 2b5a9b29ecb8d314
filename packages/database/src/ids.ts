import { type IdKind, idPattern, idPrefixes } from '@spikefit/contracts';
import { uuidv7obj } from 'uuidv7';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new public id: prefix, underscore, UUIDv7 as 26 Crockford base32 digits (130 bits, the top two zero). */
export function newId(kind: IdKind): string {
  let digits = '';
  let value = BigInt(`0x${uuidv7obj().toHex()}`);
  for (let position = 0; position < 26; position += 1) {
    digits = alphabet.charAt(Number(value & 31n)) + digits;
    value >>= 5n;
  }
  return `${idPrefixes[kind]}_${digits}`;
}

/** Whether the text has the shape of such an id; malformed ids answer like unknown ones. */
export function isId(kind: IdKind, text: string): boolean {
  return new RegExp(idPattern(kind)).test(text);
}
