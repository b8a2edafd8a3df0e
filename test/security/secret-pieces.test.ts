import fc from 'fast-check'
import { expect, it } from 'vitest'
import { unifiedDiff } from '../../minion/apply/text-diff.ts'
import { verdictOf } from '../../minion/checks/verdict.ts'
import { tailOf } from '../../minion/system/program-output.ts'
import { secretHider } from '../../protocol/hide-secrets.ts'
import { LIMITS } from '../../protocol/limits.ts'

/** Threat 17: a secret in the output of a program, in every form, also when the output is cut in the middle of it. */

const SECRET = 'hünter2 & "quoted\' <p@th>/+%42; $(x)!'
const LONG = 'k3yQ/'.repeat(40)

/** How other programs encode a text. */
const WRITERS: { readonly [name: string]: (text: string) => string } = {
  plain: text => text,
  JSON: text => JSON.stringify({ password: text }),
  'JSON of Python': text =>
    JSON.stringify(text).replaceAll(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'JSON of PHP': text => JSON.stringify(text).replaceAll('/', '\\/'),
  'a path of a URL': text => encodeURIComponent(text),
  'a query of a URL': text => `a=b&${new URLSearchParams({ password: text }).toString()}`,
  'RFC 3986': text =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`),
  HTML: text =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  'the shell, quoted': text => `'${text.replaceAll("'", String.raw`'\''`)}'`,
  'the shell, escaped': text => text.replaceAll(/[^\w@%+=:,./\-\u0080-\uffff]/g, letter => `\\${letter}`),
  base64: text => Buffer.from(text).toString('base64'),
  'base64, one further': text => Buffer.from(`a${text}z`).toString('base64'),
  'base64, two further': text => Buffer.from(`ab${text}yz`).toString('base64'),
  base64url: text => Buffer.from(`user:${text}`).toString('base64url'),
  'base64 in lines': text =>
    Buffer.from(text)
      .toString('base64')
      .replaceAll(/(.{76})/g, '$1\n'),
  'base64 in shorter lines': text =>
    Buffer.from(text)
      .toString('base64')
      .replaceAll(/(.{64})/g, '$1\n'),
}

/** Returns all pieces of a text with this length. */
function piecesOf(written: string, size: number): readonly string[] {
  return Array.from({ length: written.length - size + 1 }, (_, at) => written.slice(at, at + size))
}

/**
 * The shortest telling piece, in characters. The first characters of a base64 group depend on what preceded them, so shorter
 * matches at an end mean nothing.
 */
const TELLING = 9

it.each(Object.entries(WRITERS))('the output of a program shows no secret written as %s', (_name, write) => {
  for (const secret of [SECRET, LONG, `${SECRET}\n${LONG}`]) {
    const shown = secretHider([secret])(`before ${write(secret)} after`)

    expect(shown).toContain('***')
    for (const piece of piecesOf(write(secret), TELLING)) {
      if (write('').includes(piece) || '{"password":"'.includes(piece) || 'a=b&password='.includes(piece)) continue
      expect(shown, piece).not.toContain(piece)
    }
  }
})

it('the output of a program shows no secret, for any secret and encoding', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 12, maxLength: 60 }).filter(text => text.trim().length >= 12)
  fc.assert(
    fc.property(secret, fc.constantFrom(...Object.keys(WRITERS)), (text, name) => {
      const write = WRITERS[name] ?? String
      const written = write(text).trim()

      expect(secretHider([text])(`<<${written}>>`)).not.toContain(written)
    }),
    { numRuns: 1000 },
  )
})

/** A secret of letters that do not occur elsewhere in the texts below, so that a test can search for every piece of it. */
const CANARY = 'QZJXV"KQ/WZP YQ&JXZ\'QWV'
const WRITTEN = [
  CANARY,
  JSON.stringify(CANARY).slice(1, -1),
  ...['base64', 'RFC 3986', 'HTML', 'the shell, quoted'].map(name => WRITERS[name]?.(CANARY) ?? ''),
]
const hide = secretHider([CANARY])

function tells(text: string, written: string): string | undefined {
  return piecesOf(written, TELLING).find(piece => text.includes(piece))
}

it('a secret cut at the start of truncated program output is masked at every offset', () => {
  for (const written of WRITTEN) {
    for (let cut = 0; cut <= written.length; cut++) {
      const said = `${'-'.repeat(500)}${written}${'-'.repeat(200 - written.length + cut)}`
      const shown = hide(`it said: ${tailOf(said, 200)}`)

      expect(shown).toContain('left out')
      expect(tells(shown, written), `${cut} ${shown}`).toBeUndefined()
    }
  }
})

it('a secret cut at the end of a truncated diff is masked at every offset', () => {
  for (const written of WRITTEN) {
    for (let cut = 0; cut <= written.length; cut += 1) {
      const line = '-'.repeat(99)
      const fill = Math.floor(LIMITS.diffBytes / 101)
      const before = (more: number): string =>
        `${`${line}\n`.repeat(fill)}${'-'.repeat(more)}${written}\n${`${line}\n`.repeat(30)}`
      // The position of the cut depends on the header of the diff: move it until the cut is within the secret.
      const probe = unifiedDiff('/x', '', before(0))
      const at = probe.indexOf(written) < 0 ? probe.length : probe.indexOf(written)
      const shown = hide(unifiedDiff('/x', '', before(Math.max(0, LIMITS.diffBytes - at - cut))))

      expect(tells(shown, written), `${cut}`).toBeUndefined()
    }
  }
})

it('a secret cut at the end of a truncated check result is masked at every offset', () => {
  for (const written of WRITTEN) {
    for (let cut = 0; cut <= written.length; cut++) {
      const stdout = `${'-'.repeat(200 - cut)}${written}`
      const verdict = verdictOf({ exit: 0, stdout: 'fine' }, { exitCode: 0, stdout, stderr: '' })

      expect(tells(hide(verdict ?? ''), written), `${cut}`).toBeUndefined()
    }
  }
})

it('text that only resembles part of a secret is not masked', () => {
  expect(hide('... 12 characters left out ...\nQWV is fine')).toBe('... 12 characters left out ...\nQWV is fine')
  expect(hide('ends with QZJXV"KQ')).toBe('ends with QZJXV"KQ')
})
