import { expect, it } from 'vitest'
import { apiPage } from '../../scripts/docs/api.ts'
import { readSource } from './source-files.ts'

/** The compiler reads the whole project. */
const READ_MS = 120_000

it(
  'docs/api.md shows the input, lines and result of every verb as the definitions have them: `node scripts/docs/api.ts` writes it',
  () => {
    expect(apiPage()).toBe(readSource('docs/api.md'))
  },
  READ_MS,
)
