import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createStreamScrubber } from '../../../master/recordings/scrub-stream.ts'
import { secretForms } from '../../../protocol/secret-forms.ts'

const SECRETS = ['hunter2-hunter2', "it's; a $trange one", 'line one of it\nline two of it\n', 'pässwörter', 'aaaaaaaa']
const encoder = new TextEncoder()

/** Returns the output for a text that arrives in pieces cut at these offsets. */
function scrubbed(secrets: readonly string[], text: string, cuts: readonly number[]): string {
  const bytes = encoder.encode(text)
  const places = [...new Set(cuts.map(cut => Math.min(cut, bytes.length)))].sort((a, b) => a - b)
  const scrubber = createStreamScrubber(secrets)
  const out: Uint8Array[] = []
  for (const [index, place] of [...places, bytes.length].entries()) {
    out.push(scrubber.push(bytes.subarray(places[index - 1] ?? 0, place)))
  }
  return Buffer.concat([...out, scrubber.end()]).toString('utf8')
}

it('createStreamScrubber masks a secret wherever it is split, and nothing else', () => {
  const text = 'before hunter2-hunter2 after'
  for (let first = 0; first <= text.length; first++) {
    for (const second of [first, first + 1, first + 7]) {
      expect(scrubbed(SECRETS, text, [first, second])).toBe('before *** after')
    }
  }
})

it('createStreamScrubber masks every form of every secret, split at any position', () => {
  const forms = secretForms(SECRETS)
  expect(forms.length).toBeGreaterThan(30)
  for (const form of forms) {
    const text = `<${form}>`
    for (let cut = 0; cut <= text.length; cut++) expect(scrubbed(SECRETS, text, [cut])).not.toContain(form)
  }
})

it('createStreamScrubber masks every form and keeps the rest, however the input is split', () => {
  const forms = secretForms(SECRETS)
  // None of these characters occurs in an encoded form, so hidden text cannot be part of it.
  const plain = fc.string({ unit: fc.constantFrom('#', '~', '\t', 'é', '日'), maxLength: 12 })
  const piece = fc.oneof(
    plain.map(text => ({ text, isSecret: false })),
    fc.constantFrom(...forms).map(text => ({ text, isSecret: true })),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(400), { maxLength: 40 }), (pieces, cuts) => {
      const text = pieces.map(one => one.text).join('')
      const out = scrubbed(SECRETS, text, cuts)
      for (const form of forms) expect(out).not.toContain(form)
      expect(out).toBe(scrubbed(SECRETS, text, []))
      const rest = pieces.flatMap(one => (one.isSecret ? [] : one.text)).join('')
      expect(out.replaceAll(/[^#~\té日]/g, '')).toBe(rest.replaceAll(/[^#~\té日]/g, ''))
    }),
    { numRuns: 400 },
  )
})

it('createStreamScrubber prints a partial match of a secret once it continues differently or the stream ends', () => {
  expect(scrubbed(SECRETS, 'hunter2-hunter3', [3, 9])).toBe('hunter2-hunter3')
  expect(scrubbed(SECRETS, 'hunter2-hunt', [3, 9])).toBe('hunter2-hunt')
})

it('createStreamScrubber masks overlapping and repeated secrets completely', () => {
  expect(scrubbed(['abcdefgh', 'efghijkl'], '<abcdefghijkl>', [5])).toBe('<***>')
  expect(scrubbed(['abcdefgh', 'abcdefghijkl'], '<abcdefghijkl>', [9, 10])).toBe('<***>')
  expect(scrubbed(['aaaaaaaa'], `<${'a'.repeat(11)}>`, [6])).not.toContain('a')
})

it('createStreamScrubber passes bytes through at once without secrets and keeps non-text bytes unchanged', () => {
  const bytes = Uint8Array.of(0xff, 0x00, 0x1b, 0xc3)

  expect(createStreamScrubber([]).push(bytes)).toEqual(bytes)
  expect(createStreamScrubber(['hunter2-hunter2']).push(bytes)).toEqual(bytes)
})

it('createStreamScrubber does not slow down a flood of output', () => {
  const scrubber = createStreamScrubber([...SECRETS, 'x'.repeat(3000)])
  const chunk = encoder.encode('drwxr-xr-x 2 root root 4096 Nov 21 10:00 hunter\r\n'.repeat(1000))
  const began = process.threadCpuUsage()
  for (let round = 0; round < 100; round++) scrubber.push(chunk)
  const { user, system } = process.threadCpuUsage(began)

  // Five megabytes; the scrubbing takes about a twentieth of the limit.
  expect((user + system) / 1000).toBeLessThan(2000)
})
