import { expect, it } from 'vitest'
import { apiSchemaText } from '../../scripts/docs/schemas.ts'
import { readSource } from './source-files.ts'

/** The compiler reads the whole project. */
const READ_MS = 120_000

it(
  'docs/api.schema.json has the input, lines and result of every verb as the definitions have them: `node scripts/docs/schemas.ts` writes it',
  () => {
    expect(apiSchemaText()).toBe(readSource('docs/api.schema.json'))
  },
  READ_MS,
)
