import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTarget } from '../../../master/target/parse.ts'
import { AppError } from '../../../protocol/errors.ts'

describe('the target parser', () => {
  it('understands any text or refuses it as TARGET_SYNTAX with a place in it', () => {
    const word = fc.constantFrom('(', ')', 'and', 'or', 'not', 'role=db', 'id=', 'x=y', '*', 'db?')
    const words = fc.array(word, { maxLength: 12 }).map(all => all.join(' '))
    fc.assert(
      fc.property(fc.oneof(fc.string(), words), text => {
        try {
          parseTarget(text)
        } catch (thrown) {
          if (!(thrown instanceof AppError)) throw thrown
          const [{ code, source }] = thrown.problems
          expect(code).toBe('TARGET_SYNTAX')
          expect(source?.column).toBeGreaterThanOrEqual(1)
          expect(source?.column).toBeLessThanOrEqual(text.length + 1)
        }
      }),
    )
  })
})
