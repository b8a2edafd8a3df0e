import { AppError } from '../../protocol/errors.ts'
import type { ApiClient } from '../api/client.ts'
import type { VerbWords } from '../cli/complete/grammar.ts'
import { splitWords } from '../cli/complete/words.ts'
import type { CliContext, Perform } from '../cli/context.ts'
import type { Invocation, View } from '../cli/invocation.ts'
import { safe } from '../cli/render/style.ts'
import { showProblems } from '../cli/run.ts'
import { writtenOut } from '../cli/target-lists.ts'
import { interpret } from './interpret.ts'
import { helpText } from './vocabulary.ts'

export interface SessionDeps {
  readonly perform: Perform
  readonly parse: (words: readonly string[]) => Invocation
  /** `signal` aborts the wait. */
  readonly client: (signal: AbortSignal) => Promise<ApiClient>
  readonly vocabulary: VerbWords
  /** Socket given to the shell, which every verb uses. */
  readonly socket: string | undefined
}

const VIEW: View = { output: 'text', detailed: false, quiet: false }

/** Runs line after line, typed by a person, from a script, or from `-c`. */
export class ShellSession {
  readonly #deps: SessionDeps
  #target: readonly string[] = []
  #code = 0
  #ended = false

  constructor(deps: SessionDeps) {
    this.#deps = deps
  }

  get target(): readonly string[] {
    return this.#target
  }

  /** Returns the exit code of the last verb. */
  get code(): number {
    return this.#code
  }

  /** True after `exit`. */
  get ended(): boolean {
    return this.#ended
  }

  /** Runs one line. Never throws for an error of the user or the master. */
  async do(line: string, context: CliContext): Promise<void> {
    try {
      const code = await this.#step(line, context)
      if (code !== undefined) this.#code = code
    } catch (thrown) {
      this.#code = showProblems(context, thrown, VIEW)
    }
  }

  async #step(line: string, context: CliContext): Promise<number | undefined> {
    const { perform, parse, vocabulary, socket } = this.#deps
    const step = interpret(splitWords(line), this.#target, vocabulary)
    switch (step.kind) {
      case 'nothing':
        return undefined
      case 'help':
        context.out(helpText(vocabulary))
        return 0
      case 'exit':
        this.#ended = true
        return step.code
      case 'use':
        return await this.#use(step.target, context)
      case 'verb': {
        const words = socket === undefined ? step.words : ['--socket', socket, ...step.words]
        return await perform(context, parse(words))
      }
      default:
        return step satisfies never
    }
  }

  /** Sets the target. A target that matches no minion is rejected; one that cannot be checked now is accepted. */
  async #use(typed: readonly string[], context: CliContext): Promise<number> {
    // Read a list once, not again for each verb.
    const target = typed.length === 0 ? typed : (await writtenOut(typed.join(' '), context)).split(' ')
    if (target.length > 0) {
      try {
        const client = await this.#deps.client(context.signal)
        const { minions } = await client.call('minions', { target: target.join(' ') })
        const names = minions.map(({ minion }) => safe(minion))
        context.out(`${minions.length === 1 ? '1 minion' : `${minions.length} minions`}: ${names.join(', ')}\n`)
      } catch (thrown) {
        if (!(thrown instanceof AppError) || !UNSEEN.has(thrown.code)) throw thrown
        context.err(`not checked now: ${safe(thrown.message)}\n`)
      }
    }
    this.#target = target
    return 0
  }
}

/** Codes for a target that cannot be checked but may be valid. */
const UNSEEN: ReadonlySet<string> = new Set(['RIGHT_DENIED', 'MASTER_NOT_RUNNING'])
