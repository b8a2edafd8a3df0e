import type { ComplianceReport } from '../../master/compliance/report.ts'

/** Lists every finding of a report as `who: what`, sorted; each reader parses its own format strictly. */
export type Reader = (text: string) => readonly string[]

/** What the other formats must contain, taken from the complete report. */
export function expectedOf({ findings }: ComplianceReport): {
  readonly titles: readonly string[]
  readonly subjects: readonly string[]
} {
  const who = (one: (typeof findings)[number]): string => one.minion ?? one.level
  return {
    titles: findings.map(one => `${who(one)}: ${one.title}`).sort(),
    subjects: findings.map(one => `${who(one)}: ${one.subject}`).sort(),
  }
}

export const titlesInText: Reader = text => {
  const head = /^(?:UNREACHABLE|FAILED|CONTRACT BROKEN|DRIFTED|OUTDATED) +(\S+) {2}(.+)$/gm
  const found = [...text.matchAll(head)].map(([, who, title]) => `${who}: ${title}`)
  const said = Number(/^ {2}(\d+) findings? on /m.exec(text)?.[1])
  if (said !== found.length) throw new Error(`it says ${said} findings and shows ${found.length}`)
  return found.sort()
}

export const titlesInHtml: Reader = text => {
  const cards = text.split('<article ').slice(1)
  return cards
    .map(card => {
      const who = wordsOf(/<p class="where"><strong>(.*?)<\/strong>/s.exec(card)?.[1] ?? '')
      return `${who}: ${wordsOf(/<h3>(.*?)<\/h3>/s.exec(card)?.[1] ?? '')}`
    })
    .sort()
}

export const subjectsInCsv: Reader = text => {
  const [head, ...rows] = text
    .trimEnd()
    .split(/\r\n(?=")/)
    .map(row => [...row.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, field]) => field?.replaceAll('""', '"') ?? ''))
  const column = (row: readonly string[], name: string): string => row[head?.indexOf(name) ?? -1] ?? ''
  return rows.map(row => `${column(row, 'minion') || column(row, 'level')}: ${column(row, 'subject')}`).sort()
}

export const subjectsInJunit: Reader = text => {
  const cases = text.split('<testcase ').slice(1)
  const bad = cases.filter(one => /^[^>]*>\s*<(?:failure|error) /.test(one))
  return bad
    .map(one => {
      const [, group = '', subject = ''] = /classname="([^"]*)" name="([^"]*)"/.exec(one) ?? []
      return `${group.split('.')[0]}: ${wordsOf(subject)}`
    })
    .sort()
}

function wordsOf(markup: string): string {
  return markup
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim()
}
