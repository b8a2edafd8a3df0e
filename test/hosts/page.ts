import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const DOCS = resolve(import.meta.dirname, '../../docs')

/** Returns the command lines of a page below docs/: those of its `sh` blocks. */
export function commandsOf(page: string): readonly string[] {
  const text = readFileSync(resolve(DOCS, page), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
  return blocks.flatMap(block => block.split('\n')).filter(line => line !== '')
}
