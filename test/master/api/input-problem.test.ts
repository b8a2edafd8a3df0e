import { expect, it } from 'vitest'
import { z } from 'zod'
import { problemsOfInput } from '../../../master/api/input-problem.ts'
import { VERBS } from '../../../master/verbs/index.ts'

const SCHEMA = z.strictObject({
  target: z.string().min(1).max(9).default('*'),
  count: z.number().int().min(1).max(5).optional(),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  roles: z.array(z.string().min(3)).max(1).optional(),
  all: z.boolean().optional(),
  order: z.enum(['old', 'new']).optional(),
  values: z.record(z.string(), z.string()).optional(),
})

function complaintsOf(input: unknown, schema: z.ZodType = SCHEMA): readonly string[] {
  const { error } = schema.safeParse(input)
  return error === undefined ? [] : problemsOfInput('apply', input, error).map(({ message }) => message)
}

it.each([
  [7, 'apply: the input must be an object, found `7`'],
  [{ target: '' }, 'apply: `target` is empty'],
  [{ target: 'x'.repeat(10) }, 'apply: `target` must have at most 9 characters, found 10'],
  [{ target: null }, 'apply: `target` must be a text, found `null`'],
  [{ count: 1.5 }, 'apply: `count` must be a whole number, found `1.5`'],
  [{ count: 0 }, 'apply: `count` must be at least 1, found `0`'],
  [{ count: 6 }, 'apply: `count` must be at most 5, found `6`'],
  [{ count: '6' }, 'apply: `count` must be a number, found a text'],
  [{ hash: 'secret' }, 'apply: `hash` does not match `/^[0-9a-f]{64}$/`'],
  [{ roles: ['abc', 'def'] }, 'apply: `roles` must have at most 1 item, found 2'],
  [{ roles: ['ab'] }, 'apply: `roles.0` must have at least 3 characters, found 2'],
  [{ roles: 'db' }, 'apply: `roles` must be a list, found a text'],
  [{ all: 'yes' }, 'apply: `all` must be `true` or `false`, found a text'],
  [{ order: 'secret' }, 'apply: `order` must be one of `old`, `new`'],
  [{ values: ['x'] }, 'apply: `values` must be an object, found a list'],
  [{ targt: 'x' }, 'apply: the input has no member `targt`'],
])('an input error names the field and the expected and found values: %j', (input, message) => {
  expect(complaintsOf(input)).toEqual([message])
})

it('an input error lists all problems at once and never contains a value', () => {
  const found = complaintsOf({ target: 'secret-text', hash: 'secret', roles: [1], order: 'secret' })

  expect(found).toHaveLength(4)
  expect(found.join()).not.toContain('secret')
})

it('an input error hints at the target syntax for a bad target and at the API documentation for an unknown field', () => {
  const hintsOf = (input: unknown) => {
    const { error } = SCHEMA.safeParse(input)
    return error === undefined ? [] : problemsOfInput('apply', input, error).map(({ hint }) => hint)
  }

  expect(hintsOf({ target: '' })).toEqual([expect.stringContaining('`role=db`')])
  expect(hintsOf({ targt: '' })).toEqual([expect.stringContaining('docs/api.md')])
  expect(hintsOf({ count: 0 })).toEqual([undefined])
})

it.each(VERBS.map(verb => [verb.name, verb.input] as const))(
  'an input error of `%s` contains no text of zod',
  (_name, schema) => {
    for (const input of [null, [], { nonsense: 1 }]) {
      expect(complaintsOf(input, schema).join()).not.toMatch(
        /invalid|too (?:small|big)|received|unrecognized|is not valid/i,
      )
    }
  },
)
