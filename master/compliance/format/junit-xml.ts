import { safe } from '../../../protocol/safe-text.ts'

/** One thing that was judged. */
export interface Case {
  readonly className: string
  readonly name: string
  readonly result: 'passed' | 'failed' | 'error' | 'skipped'
  readonly timeMs?: number
  /** Where it is declared. */
  readonly source?: { readonly file: string; readonly line: number }
  /** Of a failure, an error, or something skipped: a line, a word for its kind, all of it. */
  readonly message?: string
  readonly type?: string
  readonly text?: string
  /** What there is to say of one that passed. */
  readonly output?: string
}

export interface Suite {
  readonly name: string
  readonly hostname: string
  readonly cases: readonly Case[]
  readonly timeMs?: number
  /** ISO 8601 without a fraction and a zone. */
  readonly timestamp?: string
}

/** JUnit XML as Jenkins, GitLab and others read it. Suites without cases are left out. Linear in cases. Pure. */
export function junitXml(name: string, suites: readonly Suite[]): string {
  const filled = suites.filter(({ cases }) => cases.length > 0)
  const all = filled.flatMap(({ cases }) => cases)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${quoted(name)} ${numbers(all)}>`,
    ...filled.flatMap(suite => [`  <testsuite ${headOf(suite)}>`, ...suite.cases.map(caseText), '  </testsuite>']),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

function headOf({ name, hostname, timestamp, timeMs, cases }: Suite): string {
  const at = timestamp === undefined ? '' : ` timestamp=${quoted(timestamp)}`
  const took = timeMs === undefined ? '' : ` time="${seconds(timeMs)}"`
  return `name=${quoted(name)} ${numbers(cases)}${took}${at} hostname=${quoted(hostname)}`
}

function caseText(one: Case): string {
  const { className, name, source, timeMs } = one
  const place = source === undefined ? '' : ` file=${quoted(source.file)} line="${source.line}"`
  const time = timeMs === undefined ? '0' : seconds(timeMs)
  const head = `    <testcase classname=${quoted(className)} name=${quoted(name)}${place} time="${time}"`
  const inner = innerOf(one)
  return inner === '' ? `${head}/>` : `${head}>\n      ${inner}\n    </testcase>`
}

function innerOf({ result, message = '', type = '', text = '', output }: Case): string {
  if (result === 'passed') return output === undefined ? '' : `<system-out>${escaped(output)}</system-out>`
  if (result === 'skipped') return `<skipped message=${quoted(message)}/>`
  const element = result === 'error' ? 'error' : 'failure'
  return `<${element} message=${quoted(message)} type=${quoted(type)}>${escaped(text)}</${element}>`
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

function numbers(cases: readonly Case[]): string {
  const of = (result: Case['result']): number => cases.filter(one => one.result === result).length
  return `tests="${cases.length}" failures="${of('failed')}" errors="${of('error')}" skipped="${of('skipped')}"`
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Only characters that XML 1.0 allows: controls become visible escapes, broken surrogates the replacement character. */
function escaped(text: string): string {
  return safe(text, { lines: true })
    .toWellFormed()
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"']/g, character => ENTITIES[character] ?? '')
}
