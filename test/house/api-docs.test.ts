import { expect, it } from 'vitest'
import { apiPage } from '../../scripts/docs/api.ts'
import { readSource } from './source-files.ts'

/** The compiler reads the whole project. */
const READ_MS = 120_000

it(
  'docs/api.md matches the input, lines and result of every verb; update it with `node scripts/docs/api.ts`',
  () => {
    expect(apiPage()).toBe(readSource('docs/api.md'))
  },
  READ_MS,
)
