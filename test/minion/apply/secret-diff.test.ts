import fc from 'fast-check'
import { expect, it } from 'vitest'
import { secretDiff } from '../../../minion/apply/secret-diff.ts'
import type { SecretPart } from '../../../protocol/secret.ts'

const KEY = '-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----'

/** Text with its secrets between ‹ and ›. */
function partsOf(text: string): readonly SecretPart[] {
  return text.split(/(‹[^›]*›)/).flatMap(part => {
    if (part === '') return []
    return part.startsWith('‹') ? { text: part.slice(1, -1), isSecret: true } : { text: part, isSecret: false }
  })
}

/** Without its heading. */
function diff(before: string, after: string): string | undefined {
  return secretDiff('/x', before, partsOf(after))?.replace('--- /x\n+++ /x\n', '')
}

it('the diff of a file with secrets shows lines without one, and *** in place of one', () => {
  expect(diff('user = app\nport = 1\n', 'user = app\npassword = ‹s3cret›!\nport = 2\n')).toBe(
    '@@ -1,2 +1,3 @@\n user = app\n-***\n+password = ***!\n+port = 2\n',
  )
  expect(diff('', 'a\np = ‹s3cret›\n')).toBe('@@ -0,0 +1,2 @@\n+a\n+p = ***\n')
})

it('the diff of a file with secrets shows an old line only when it equals one of the new text, masked as that is', () => {
  expect(diff('p = s3cret\na = 1\nold secret\nb\n', 'b\np = ‹s3cret›\na = 2\n')).toBe(
    '@@ -1,4 +1,3 @@\n-p = ***\n-***\n-***\n b\n+p = ***\n+a = 2\n',
  )
})

it('the diff of a file with secrets tells a rotated secret from one that stays', () => {
  expect(diff('a\np = old1\nq = same\n', 'a\np = ‹new1›\nq = ‹same›\n')).toBe(
    '@@ -1,3 +1,3 @@\n a\n-***\n+p = ***\n q = ***\n',
  )
  expect(diff('a\nx = one\nx = two\n', 'a\nx = ‹two›\nx = ‹one›\n')).toMatch(/^-x = \*\*\*$/m)
})

it('the diff of a file with secrets shows a secret of several lines as one', () => {
  expect(diff(`a\n${KEY}\nb\n`, `a\n‹${KEY}›\nc\n`)).toBe('@@ -1,3 +1,3 @@\n a\n ***\n-***\n+c\n')
  expect(diff('a\n', `a\nkey: ‹${KEY}›\n`)).toBe('@@ -1,1 +1,2 @@\n a\n+key: ***\n')
  expect(diff(`a\n${KEY}\n`, `a\n‹${KEY}\n›`)).not.toContain('+')
})

it('the diff of a file with secrets says when a last line has no line break', () => {
  expect(diff('a', 'a\np = ‹s3cret›')).toBe(
    '@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+p = ***\n\\ No newline at end of file\n',
  )
})

it('the diff of a file with secrets is none where nothing but a secret would be shown', () => {
  expect(diff('old\n', '‹s3cret›\n')).toBeUndefined()
  expect(diff('old\n', `‹${KEY}\n›`)).toBeUndefined()
})

it('the diff of a file with secrets never shows a secret of either text, whatever stands around it', () => {
  const plain = fc.array(fc.constantFrom('a', 'b = ', '\n', 'a\n', '# ', ''), { maxLength: 8 }).map(all => all.join(''))
  const secret = (mark: string): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(`${mark}1`, `${mark}2`, '\n'), { minLength: 1, maxLength: 3 }).map(all => all.join(''))
  const text = (mark: string): fc.Arbitrary<string> =>
    fc
      .array(
        fc.oneof(
          plain,
          secret(mark).map(value => `‹${value}›`),
        ),
        { maxLength: 8 },
      )
      .map(all => all.join(''))
  fc.assert(
    fc.property(text('OLD'), text('NEW'), fc.boolean(), (old, now, keeps) => {
      const before = keeps ? old + now : old
      const shown = secretDiff('/x', before.replaceAll(/[‹›]/g, ''), partsOf(now)) ?? ''
      expect(shown).not.toMatch(/OLD|NEW/)
    }),
    { numRuns: 2000 },
  )
})
