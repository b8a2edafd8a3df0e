import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { APPLY_FORMATS } from '../../master/cli/commands/ci-formats.ts'
import { CI_RESULT } from '../../test/master/cli/render/formats/ci-result.ts'

const PAGE = join(import.meta.dirname, '../../docs/cli.md')

/** docs/cli.md with its examples of output formats made anew. `node scripts/docs/output-examples.ts` writes it. */
export async function withOutputExamples(page: string): Promise<string> {
  let made = page
  for (const [format, render] of Object.entries(APPLY_FORMATS)) {
    const block = new RegExp(`(<!-- output: ${format} -->\\n(\`{3,})text\\n)[^]*?(\\n?\\2\\n)`)
    if (!block.test(made)) throw new TypeError(`docs/cli.md has no example of ${format}`)
    const text = (await render(CI_RESULT)).trimEnd()
    made = made.replace(block, (_all, begin: string, fence: string) => `${begin}${text}\n${fence}\n`)
  }
  return made
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, await withOutputExamples(readFileSync(PAGE, 'utf8')))
