import type { Problem } from '../../../protocol/errors.ts'

const TIME = /\b\d{4}-\d\d-\d\dT[\d:.]+Z/g

/** What must be equal literally, and texts that may differ in the id of their minion. */
export interface Alike {
  readonly literal: unknown
  readonly texts: unknown
}

/**
 * A key under which things of several minions are alike whose texts differ only in the id of their minion, as a word of its own or the
 * first label of a name. Without an id, or in the literal part, nothing may differ: a role can have the name of a minion. Pure.
 */
export function alikeKey({ literal, texts }: Alike, id: string | undefined): string {
  return `${JSON.stringify(literal)}\n${id === undefined ? JSON.stringify(texts) : withoutId(texts, id)}`
}

/** Separates what identifies a problem from its texts. Pure. */
export function alikeProblem({ code, source, related, message, hint, excerpt }: Problem): Alike {
  return { literal: [code, source, related], texts: [message, hint, excerpt] }
}

/** A key under which problems of several minions are alike but for their ids and for times, such as when each was last online. Pure. */
export function problemsKey(problems: readonly Problem[], id: string): string {
  const parts = problems.map(problem => alikeProblem({ ...problem, message: problem.message.replaceAll(TIME, '') }))
  return alikeKey({ literal: parts.map(({ literal }) => literal), texts: parts.map(({ texts }) => texts) }, id)
}

/** A file with an id in it is larger where the id is longer. */
const SIZE = /(?<=\()\d+(?:\.\d+)? (?:[kKMG]i?)?B(?=[,)])/g

function withoutId(value: unknown, id: string): string {
  const own = new RegExp(`(?<![a-z0-9-])${id.replaceAll(/[^a-z0-9]/gi, '\\$&')}(?![a-z0-9-])`, 'g')
  let isFound = false
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'string') return part
    const without = part.replaceAll(own, '\0')
    isFound ||= without !== part
    return without
  })
  return isFound ? text.replaceAll(SIZE, '') : text
}
