/**
 * Little-endian u coordinates of the X25519 points of low order, including those above the prime; the highest bit is ignored.
 * With such a sealing key the shared secret is a publicly known constant, and OpenSSL refuses to derive it. A correct program
 * never has one. Ed25519 needs no such list: OpenSSL accepts no signature by a key of low order.
 */
const X25519_LOW_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** True for a raw X25519 key of low order, such as all zeros. Pure. */
export function isWeakSealingKey(raw: Uint8Array): boolean {
  return X25519_LOW_ORDER.has(withoutHighestBit(raw))
}

function withoutHighestBit(raw: Uint8Array): string {
  const bytes = Buffer.from(raw)
  if (bytes.length === 32) bytes[31] = (bytes[31] ?? 0) & 0x7f
  return bytes.toString('hex')
}
