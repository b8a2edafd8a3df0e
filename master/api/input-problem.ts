import type { z } from 'zod'
import type { Problem } from '../../protocol/errors.ts'

type Issue = z.core.$ZodIssue

/** Describes why the schema of a verb refused its input. Problems never quote the input, which can be a secret. Pure. */
export function problemsOfInput(verb: string, input: unknown, error: z.ZodError): readonly Problem[] {
  // Report a wrong type only once, not also as a wrong length.
  const first = new Map(error.issues.toReversed().map(issue => [JSON.stringify(issue.path), issue]))
  return error.issues
    .filter(issue => first.get(JSON.stringify(issue.path)) === issue)
    .map(issue => complaintOf(verb, input, issue))
}

function complaintOf(verb: string, input: unknown, issue: Issue): Problem {
  const field = issue.path.map(String).join('.')
  const found = valueAt(input, issue.path)
  const subject = field === '' ? 'the input' : `\`${field}\``
  const hint = hintOf(field, issue)
  const message = `${verb}: ${subject} ${whatIsWrong(issue, found)}`
  return { code: 'USAGE', message, ...(hint === undefined ? {} : { hint }) }
}

function hintOf(field: string, { code }: Issue): string | undefined {
  if (code === 'unrecognized_keys') return 'See docs/api.md for the input of each verb.'
  if (field !== 'target') return undefined
  return 'Name minions with `role=db`, `level=staging`, an id or a glob such as `db*`, or write `*` for all minions.'
}

function whatIsWrong(issue: Issue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = EXPECTED[issue.expected] ?? issue.expected
      return found === undefined ? `is missing, expected ${expected}` : `must be ${expected}, found ${kindOf(found)}`
    }
    case 'too_small':
      if (issue.origin === 'string' && found === '') return 'is empty'
      return `must ${bound(issue.origin, 'at least', issue.minimum)}, found ${sizeOf(found)}`
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', issue.maximum)}, found ${sizeOf(found)}`
    case 'unrecognized_keys':
      return `has no member ${issue.keys.map(key => `\`${key.slice(0, 80)}\``).join(' or ')}`
    case 'invalid_format':
      return `does not match ${'pattern' in issue ? `\`${String(issue.pattern)}\`` : issue.format}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(value => `\`${String(value)}\``).join(', ')}`
    default:
      return 'is not valid'
  }
}

const EXPECTED: { readonly [zod: string]: string } = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function kindOf(value: unknown): string {
  if (value === null) return '`null`'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return `\`${value}\``
  if (typeof value === 'boolean') return `\`${value}\``
  return typeof value === 'string' ? 'a text' : 'an object'
}

function bound(origin: string, which: string, count: number | bigint): string {
  const unit = UNITS[origin]
  return unit === undefined ? `be ${which} ${count}` : `have ${which} ${count} ${unit}${count === 1 ? '' : 's'}`
}

const UNITS: { readonly [origin: string]: string } = { string: 'character', array: 'item' }

function sizeOf(value: unknown): string {
  return typeof value === 'string' || Array.isArray(value) ? String(value.length) : kindOf(value)
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as { readonly [key: PropertyKey]: unknown })[key]
  }
  return value
}
