import type { ApiClient } from '../../api/client.ts'
import { createProgram } from '../program.ts'
import { safe } from '../render/style.ts'
import { complete } from './complete.ts'
import { fetchFacts, NO_FACTS } from './facts.ts'
import { grammarOf } from './grammar.ts'

/**
 * Prints candidates for the completion of another shell, one per line. If the master does not answer, only the names are
 * missing.
 */
export async function completeWords(line: string, client: () => Promise<ApiClient>): Promise<string> {
  const facts = await client().then(fetchFacts, () => NO_FACTS)
  const { candidates } = complete(line, grammarOf(createProgram('', () => undefined)), facts)
  return candidates.map(word => `${safe(word)}\n`).join('')
}
