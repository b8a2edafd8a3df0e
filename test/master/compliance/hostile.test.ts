import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { documentOf, FORMATS } from '../../../master/compliance/document.ts'
import { judge } from '../../../master/compliance/judge.ts'
import type { ComplianceReport } from '../../../master/compliance/report.ts'
import { catalog, facts, minion, result, state } from './facts.ts'

/** Texts that a minion, or an intruder on it, may send, besides arbitrary ones. */
const NASTY = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '`${alert(1)}`',
  ']]><!--',
  '</style></title><h1>',
  '=HYPERLINK("http://evil","x")',
  '@SUM(1+1)',
  '\t=1+1',
  '-2+3',
  '\u001b]0;owned\u0007\u001b[2J',
  '\u009b31m',
  '\u202e gnp.exe',
  '\r\n"x",y',
  '\u0000\uffff\ud800',
  '&amp;&#x3c;',
]
const hostile = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))

function reportWith(text: string): ComplianceReport {
  const key = `base/file.managed/${text}`
  const wrong = result(
    { key, id: text, actions: [{ kind: 'run', summary: text }], diff: `@@ -1 +1 @@\n-${text}\n+${text}` },
    'would-change',
  )
  const failing = { code: 'CHECK_FAILED' as const, message: text, hint: text }
  const one = minion('a', {
    catalog: catalog('a', [state(key)]),
    wrong: [wrong],
    checks: [{ key: `base/${text}`, outcome: 'failed', durationMs: 1, problem: failing }],
  })
  const level = text
  return judge(
    facts([{ ...one, roles: [text], level }], {
      target: text,
      operator: text,
      fleet: { id: 'x', name: text, revision: 'r', git: text },
      contracts: [{ kind: 'count', level, role: text, expected: text, found: text, ok: false }],
    }),
  )
}

const property = (holds: (report: ComplianceReport) => void) => {
  fc.assert(
    fc.property(hostile, text => holds(reportWith(text))),
    { numRuns: 80, examples: NASTY.map(text => [text]) },
  )
}

it.each([
  ['html report', FORMATS.html.render],
  ['mail', (report: ComplianceReport) => documentOf(report, Uint8Array.of(1)).mail.html],
] as const)('hostile text in an %s adds no tag, attribute or comment', (_name, render) => {
  const tags = (page: string) => new Set(page.match(/<[^\s<>/]+|<!|<\//g))
  const attributes = (page: string) =>
    new Set(
      [...page.matchAll(/<[^<>]*>/g)].flatMap(([tag]) => [...tag.matchAll(/\s([a-z-]+)="/g)].map(([, name]) => name)),
    )
  const calm = render(reportWith('calm'))
  property(report => {
    const page = render(report)

    expect(page.replaceAll(/[\s\S]*<\/style>/g, '')).not.toMatch(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
    expect([...tags(page)].filter(tag => !tags(calm).has(tag) && tag !== '<li' && tag !== '<ul')).toEqual([])
    expect([...attributes(page)].filter(name => !attributes(calm).has(name))).toEqual([])
  })
})

it('hostile text in a text report adds no control character and no line', () => {
  property(report => {
    expect(FORMATS.text.render(report)).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
  })
})

it('hostile text in a csv report stays quoted, starts no formula and does not break out of its field', () => {
  property(report => {
    const csv = FORMATS.csv.render(report)
    const rows = csv.split(/\r\n/).slice(0, -1)

    for (const row of rows) {
      const fields = [...row.matchAll(/"((?:[^"]|"")*)"(?:,|$)/gy)].map(([, field]) => field ?? '')
      expect(fields).toHaveLength(18)
      for (const field of fields) expect(field).not.toMatch(/^\s*[=+\-@|%]/)
    }
  })
})

it('hostile text in a junit report results in well-formed XML with the original text', () => {
  property(report => {
    const xml = FORMATS.junit.render(report)

    expect(xml).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u)
    expect(xml.replaceAll(/<[a-z?/][^<>]*>/g, '')).not.toMatch(/[<>]/)
    expect(xml.replaceAll(/&(?:amp|lt|gt|quot|#39|#10|#9);/g, '')).not.toContain('&')
  })
})

it('an independent XML parser reads a junit report with hostile text', () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-junit-'))
  try {
    const paths = NASTY.map((text, index) => {
      const path = join(directory, `${index}.xml`)
      writeFileSync(path, FORMATS.junit.render(reportWith(text)))
      return path
    })
    const count = `import sys, xml.etree.ElementTree as e
print([len(e.parse(path).getroot().findall('.//failure')) for path in sys.argv[1:]])`
    const said = execFileSync('python3', ['-c', count, ...paths], { encoding: 'utf8' })

    expect(JSON.parse(said)).toEqual(NASTY.map(() => 3))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
