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
  /** `signal` ends waiting. */
  readonly client: (signal: AbortSignal) => Promise<ApiClient>
  readonly vocabulary: VerbWords
  /** Given to the shell: every verb goes there. */
  readonly socket: string | undefined
}

const VIEW: View = { output: 'text', detailed: false, quiet: false }

/** Line after line, whoever types them: a person, a script, or `-c`. */
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

  /** Exit code of the last verb. */
  get code(): number {
    return this.#code
  }

  /** True after `exit`. */
  get ended(): boolean {
    return this.#ended
  }

  /** Does one line. Never throws for what a user or the master did wrong. */
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

  /** A target that picks nobody is not taken; one that cannot be looked at now is. */
  async #use(typed: readonly string[], context: CliContext): Promise<number> {
    // A list is read once, and not again by each verb.
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

/** Why a target could not be looked at, though it may be right. */
const UNSEEN: ReadonlySet<string> = new Set(['RIGHT_DENIED', 'MASTER_NOT_RUNNING'])
