import { expect, it } from 'vitest'
import { withOutputExamples } from '../../scripts/docs/output-examples.ts'
import { readSource } from './source-files.ts'

it('docs/cli.md shows each output format as it is printed: `node scripts/docs/output-examples.ts` writes it', async () => {
  const page = readSource('docs/cli.md')

  expect(await withOutputExamples(page)).toBe(page)
})
