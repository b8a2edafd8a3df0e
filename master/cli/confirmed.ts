import { createInterface } from 'node:readline/promises'
import type { CliContext } from './context.ts'

/** Asks a question at the terminal. True: the answer was yes. Ctrl-D and ctrl-C mean no. */
export async function isConfirmed({ stdin, stderr, signal }: CliContext, question: string): Promise<boolean> {
  const prompt = createInterface({ input: stdin(), output: stderr() })
  const ended = new Promise<string>(resolve => prompt.once('close', () => resolve('')))
  try {
    const answer = await Promise.race([prompt.question(`${question} [y/N] `, { signal }), ended])
    return /^y(es)?$/i.test(answer.trim())
  } catch {
    return false
  } finally {
    prompt.close()
  }
}
