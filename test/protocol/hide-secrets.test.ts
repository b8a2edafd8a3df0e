import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createStreamScrubber } from '../../master/recordings/scrub-stream.ts'
import { secretHider } from '../../protocol/hide-secrets.ts'

const SECRET = 'Hunter-2 of web1'
const hex = (text: string): string => Buffer.from(text).toString('hex')
const spaced = (text: string, between: string): string => (hex(text).match(/../g) ?? []).join(between)

/** Returns a text as it leaves a stream that is cut at these offsets. */
function streamed(secrets: readonly string[], text: string, ...cuts: readonly number[]): string {
  const bytes = Buffer.from(text)
  const scrubber = createStreamScrubber(secrets)
  const ends = [...cuts, bytes.length]
  const out = ends.map((end, index) => scrubber.push(bytes.subarray(ends[index - 1] ?? 0, end)))
  return Buffer.concat([...out, scrubber.end()]).toString('utf8')
}

const WRITTEN: { readonly [name: string]: string } = {
  'upper case': SECRET.toUpperCase(),
  'lower case': SECRET.toLowerCase(),
  'mixed case': 'hUNTER-2 OF wEB1',
  'hex in lower case': hex(SECRET),
  'hex in upper case': hex(SECRET).toUpperCase(),
  'hex with colons': spaced(SECRET, ':').toUpperCase(),
  'hex with blanks': spaced(SECRET, ' '),
  'escaped hex': spaced(SECRET, '\\x'),
  'a URL in upper case': encodeURIComponent(SECRET).toUpperCase(),
  'base64 in lower case': Buffer.from(SECRET).toString('base64').replace(/=+$/, '').toLowerCase().slice(0, -1),
}

it.each(Object.entries(WRITTEN))('secretHider masks a secret written in %s', (_name, written) => {
  expect(secretHider([SECRET])(`<${written}>`)).not.toContain(written.slice(1, 14))
  expect(secretHider([SECRET])(`<${written}>`)).toContain('***')
})

it.each(Object.entries(WRITTEN))('the stream masks a secret written in %s, split at every offset', (_name, written) => {
  const text = `<${written}>`
  const whole = secretHider([SECRET])(text)
  expect(whole).toContain('***')
  for (let cut = 0; cut <= text.length; cut++) expect(streamed([SECRET], text, cut)).toBe(whole)
})

it('a secret with non-ASCII letters is masked in upper and lower case', () => {
  const secret = 'Straße nach Überall'
  for (const written of [secret.toUpperCase(), secret.toLowerCase()]) {
    expect(secretHider([secret])(`<${written}>`)).toBe('<***>')
    for (let cut = 0; cut <= Buffer.byteLength(written); cut++) {
      expect(streamed([secret], `<${written}>`, cut)).toBe('<***>')
    }
  }
})

it('a secret is masked in the lines of hex dumps', () => {
  const secret = 'a secret of many bytes, more than one line of xxd, od and hexdump has'
  const bytes = hex(secret).match(/../g) ?? []
  const rows = (size: number, row: (items: readonly string[]) => string): string =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      row(bytes.slice(at * size, at * size + size)),
    ).join('\n')
  const dumps = [
    rows(30, items => items.join('')),
    rows(
      16,
      items =>
        `0000: ${
          items
            .join('')
            .match(/.{1,4}/g)
            ?.join(' ') ?? ''
        }`,
    ),
    ...[15, 16, 20].map(size => rows(size, items => `    ${items.join(':')}:`)),
    rows(16, items => ` ${items.join(' ')}`),
    rows(16, items => `${items.slice(0, 8).join(' ')}  ${items.slice(8).join(' ')}`),
  ]
  for (const dump of dumps) {
    // Two bytes left over at the end are too short to be found.
    expect(secretHider([secret])(dump).replaceAll(/[^a-f]|0000/g, '').length, dump).toBeLessThan(8)
  }
})

it('a secret of several lines is masked line by line in every form, whatever the line endings', () => {
  const secret = 'first line\r\nthe second\rand a third\nlast'
  const hide = secretHider([secret])
  for (const line of ['first line', 'the second', 'and a third', 'FIRST LINE']) {
    expect(hide(`saw ${line} here`)).toBe('saw *** here')
  }
  for (const line of ['first line', 'the second', 'and a third']) {
    expect(hide(`saw ${hex(line)} here`)).toBe('saw *** here')
    expect(hide(`saw ${Buffer.from(line).toString('base64')} here`)).toMatch(/^saw \*\*\*\S{0,2}=* here$/)
  }
  expect(hide('at last')).toBe('at ***')
})

it('a secret of 4 or 5 characters is masked as a separate word, and in hex and base64', () => {
  const hide = secretHider(['p1N4', '90210'])

  expect(hide('pin=p1N4, zip:90210.')).toBe('pin=***, zip:***.')
  expect(hide('xp1n4 902101 p1n4_')).toBe('xp1n4 902101 p1n4_')
  expect(hide(`${hex('p1N4')} ${Buffer.from('90210').toString('base64')}`)).toMatch(/^\*\*\* \*\*\*\S?=?$/)
  for (const text of ['p1n4', ' p1n4 90210', 'xp1n4 902101', '90210']) {
    for (let cut = 0; cut <= text.length; cut++) expect(streamed(['p1N4', '90210'], text, cut)).toBe(hide(text))
  }
})

it('a secret is masked in the same way in a text and in a stream, wherever it is split', () => {
  const letter = fc.constantFrom('a', 'b', 'A', '-', '\n')
  const secret = fc.string({ unit: letter, minLength: 4, maxLength: 9 })
  const text = fc.string({ unit: letter, maxLength: 60 })
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), text, fc.array(fc.nat(60)), (secrets, said, cuts) => {
      const places = cuts.map(cut => Math.min(cut, said.length)).sort((a, b) => a - b)

      expect(streamed(secrets, said, ...places)).toBe(secretHider(secrets)(said))
    }),
    { numRuns: 2000 },
  )
})

it('masking a 4 KiB secret takes time linear in a flood of its own prefixes', () => {
  const secret = `-----BEGIN KEY-----\n${'QUJD'.repeat(1000)}`
  const hide = secretHider([secret])
  const flood = (times: number): number => {
    const text = `${secret.slice(0, 60)}…`.repeat(times)
    const began = process.threadCpuUsage()
    expect(hide(text)).not.toContain('QUJD')
    return process.threadCpuUsage(began).user / 1000
  }
  flood(500)

  expect(flood(8000)).toBeLessThan(4 * Math.max(50, flood(4000)))
})

it('masking takes time linear in the text, whatever the number of secrets', () => {
  const secretsOf = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `sk_live_${index.toString().padStart(20, '0')}`)
  const text = 'drwxr-xr-x 2 root root 4096 sk_live_ Nov 21\n'.repeat(20_000)
  const took = (count: number): number => {
    const hide = secretHider(secretsOf(count))
    hide(text.slice(0, 10_000))
    const began = performance.now()
    hide(text)
    return performance.now() - began
  }
  took(10)

  expect(took(1000)).toBeLessThan(4 * Math.max(50, took(10)))
})
