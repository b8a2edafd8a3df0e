import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HELPERS } from '../../../master/compile/language/helpers.ts'
import { type Environment, ExpressionError } from '../../../master/compile/language/scope.ts'
import { holdsSecret, type Value } from '../../../master/compile/language/value.ts'
import { Secret } from '../../../protocol/secret.ts'

const ENVIRONMENT: Environment = {
  onRead: () => undefined,
  isClaim: () => false,
  explainAddress: () => ({ code: 'ADDRESS_UNKNOWN', message: '' }),
  explainPillar: () => ({ code: 'PILLAR_MISSING', message: '' }),
  members: () => [{ id: 'a', ip4: null }],
  exported: () => [{ minion: 'a', value: 'x' }],
  pending: () => [],
  unfit: () => [],
  refused: () => [],
  sha256: text => `sha256 ${text.length}`,
  publicKey: () => undefined,
  deriveSecret: (secret, how) => new Secret('derived', `${secret.path} | ${how}`),
}

const ODD_TEXTS = [
  '',
  '__proto__',
  'constructor',
  '1e21',
  '-1',
  '10.0.0.1',
  '10.0.0.0/99',
  '::/0',
  'fe80::1%eth0',
  '\ud800',
]
const ODD_NUMBERS = [0, -1, 0.5, 1e21, 2 ** 31, 2 ** 53, Number.MIN_SAFE_INTEGER]

/** Any value that a template can pass to a helper. */
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false),
    fc.constantFrom(...ODD_TEXTS),
    fc.string(),
    fc.constantFrom(...ODD_NUMBERS),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom('__proto__', 'constructor', 'a'), fc.string()), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value

function isPlain(found: unknown): boolean {
  if (Array.isArray(found)) return found.every(isPlain)
  if (typeof found === 'object' && found !== null) return Object.values(found).every(isPlain)
  return found === null || ['string', 'number', 'boolean'].includes(typeof found)
}

it.each(Object.entries(HELPERS))('the helper %s returns plain data or an error for any input', (_name, helper) => {
  const [least, most] = helper.arity
  const some = fc.array(value, { minLength: least, maxLength: Math.min(most, 4) })
  fc.assert(
    fc.property(some, values => {
      try {
        expect(isPlain(helper.run(values, {}, ENVIRONMENT))).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionError)
      }
    }),
    { numRuns: 300 },
  )
})

it.each(Object.entries(HELPERS).filter(([, { takesSecrets }]) => takesSecrets === true))(
  'the helper %s never turns a secret into plain text',
  (name, helper) => {
    const secret = new Secret('a clear value', 'a.b')
    const values = Array.from({ length: Math.max(1, helper.arity[0]) }, (): Value => secret)
    let found: Value
    try {
      found = helper.run(values, {}, ENVIRONMENT)
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError)
      return
    }
    expect(name === 'has' ? found === true : holdsSecret(found)).toBe(true)
  },
)
