import { AppError } from '../../protocol/errors.ts'
import type { VerbWords } from '../cli/complete/grammar.ts'
import { placeOf } from '../cli/complete/place.ts'
import { REFUSED } from './vocabulary.ts'

/** What a line requests. */
export type Step =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'help' }
  | { readonly kind: 'exit'; readonly code: number | undefined }
  /** Empty: clears the target. */
  | { readonly kind: 'use'; readonly target: readonly string[] }
  /** Arguments of the CLI. */
  | { readonly kind: 'verb'; readonly words: readonly string[] }

/**
 * Converts the words of a line into a step; `target` is used where a verb takes one and the line names none. Throws USAGE,
 * SHELL_REFUSED. Pure.
 */
export function interpret(typed: readonly string[], target: readonly string[], vocabulary: VerbWords): Step {
  // Accept the habit of the system shell, and hints typed as they are shown.
  const words = typed[0] === 'master' ? typed.slice(1) : typed
  const [first, ...rest] = words
  switch (first) {
    case undefined:
      return { kind: 'nothing' }
    case 'help':
    case '?':
      return rest.length === 0 ? { kind: 'help' } : { kind: 'verb', words: [...rest, '--help'] }
    case 'exit':
    case 'quit':
    case 'logout':
      return { kind: 'exit', code: exitCode(rest) }
    case 'use':
      return { kind: 'use', target: rest }
    case 'ls':
      return { kind: 'verb', words: withTarget(['minions', ...rest], target, vocabulary) }
    default: {
      const refused = Object.hasOwn(REFUSED, first) ? REFUSED[first] : undefined
      if (refused === undefined) return { kind: 'verb', words: withTarget(words, target, vocabulary) }
      throw new AppError({ code: 'SHELL_REFUSED', message: `\`${first}\` is not for this shell`, hint: refused })
    }
  }
}

/** Inserts the target where a verb takes one and none is given. Pure. */
export function withTarget(
  words: readonly string[],
  target: readonly string[],
  vocabulary: VerbWords,
): readonly string[] {
  const { path, verbAt, operands, dashes } = placeOf(words, vocabulary)
  const verb = path.at(-1)
  const [first] = verb?.takes ?? []
  if (target.length === 0 || first?.name !== 'target' || verbAt === undefined) return words
  const given = first.variadic ? target : [target.join(' ')]
  const put = (at: number, more: readonly string[]): readonly string[] => [
    ...words.slice(0, at),
    ...more,
    ...words.slice(at),
  ]
  const mine = dashes === undefined ? operands : operands.filter(index => index < dashes)
  if (mine.length === 0) return put(verbAt + 1, given)
  // `run uptime`: without `--` to end a target, the words are the command.
  const [begin] = operands
  return verb?.runs === true && dashes === undefined && begin !== undefined ? put(begin, [...given, '--']) : words
}

function exitCode([word, ...more]: readonly string[]): number | undefined {
  if (word === undefined) return undefined
  if (/^\d{1,3}$/.test(word) && Number(word) < 256 && more.length === 0) return Number(word)
  throw new AppError({
    code: 'USAGE',
    message: `\`exit\` takes a number from 0 to 255 or nothing, got \`${[word, ...more].join(' ').slice(0, 80)}\``,
    hint: 'Type `exit`.',
  })
}
