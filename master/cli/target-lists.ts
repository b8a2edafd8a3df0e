import { readFile } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import { isReservedId } from '../../protocol/ids.ts'
import type { CliContext } from './context.ts'
import type { Invocation } from './invocation.ts'
import { isList, listPlaces } from './list-places.ts'

/** The longest target that the master accepts. */
const LONGEST_LIST = 256 * 1024

type Reading = Pick<CliContext, 'readStdin' | 'stdinIsTerminal'>

/**
 * Replaces `@FILE` and `-` (stdin) in the target of an invocation by the ids they list. The operator's process reads them, so
 * the master never opens a file that a caller names. Throws FILE_UNREADABLE or TARGET_SYNTAX.
 */
export async function withTargetLists(context: Reading, invocation: Invocation): Promise<Invocation> {
  switch (invocation.kind) {
    case 'call':
    case 'orphans':
    case 'compliance': {
      const { call } = invocation
      const target = 'target' in call.input ? call.input.target : undefined
      if (target === undefined || !namesList(target)) return invocation
      const input = { ...call.input, target: await writtenOut(target, context) }
      return { ...invocation, call: { ...call, input } } as typeof invocation
    }
    case 'run':
      if (!namesList(invocation.target)) return invocation
      return {
        ...invocation,
        target: await writtenOut(invocation.target, context),
        // The list used up stdin.
        stdin: invocation.stdin && !listPlaces(invocation.target).some(({ items }) => items.includes('-')),
      }
    case 'copy': {
      const { wish } = invocation
      if (!namesList(wish.target)) return invocation
      return { ...invocation, wish: { ...wish, target: await writtenOut(wish.target, context) } }
    }
    case 'ssh-config': {
      const { target } = invocation
      if (target === undefined || !namesList(target)) return invocation
      return { ...invocation, target: await writtenOut(target, context) }
    }
    default:
      return invocation
  }
}

/** Expands the lists in a target, each to `id=` and its ids, so that no entry is taken for a group or a target word. */
export async function writtenOut(target: string, context: Reading): Promise<string> {
  let text = ''
  let end = 0
  for (const { at, length, items } of listPlaces(target)) {
    const ids: string[] = []
    for (const item of items) ids.push(...(isList(item) ? await idsIn(item, context) : [item]))
    text += `${target.slice(end, at)}id=${[...new Set(ids)].join(',')}`
    end = at + length
  }
  return text + target.slice(end)
}

function namesList(target: string): boolean {
  return listPlaces(target).length > 0
}

async function idsIn(list: string, context: Reading): Promise<readonly string[]> {
  const ids = parseIds(list === '-' ? 'stdin' : list.slice(1), await textOf(list, context))
  if (ids.length > 0) return ids
  throw new AppError({
    code: 'TARGET_SYNTAX',
    message: list === '-' ? 'stdin has no ids' : `\`${list.slice(1)}\` has no ids`,
    hint: 'Put one id on each line: an empty list selects nothing.',
  })
}

async function textOf(list: string, { readStdin, stdinIsTerminal }: Reading): Promise<string> {
  if (list === '-') {
    if (!stdinIsTerminal) return await readStdin()
    throw new AppError({
      code: 'USAGE',
      message: '`-` reads ids from stdin, and stdin is a terminal',
      hint: 'For example, type `grep ^web hosts.txt | master ping -`.',
    })
  }
  const path = list.slice(1)
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new AppError(
      {
        code: 'FILE_UNREADABLE',
        message: `cannot read the list of minions \`${path}\`: ${code ?? message}`,
        hint: '`@FILE` names a file on this machine with one id on each line.',
      },
      { cause },
    )
  }
}

/**
 * Parses ids and globs separated by spaces, commas or line breaks; `#` begins a comment. Throws TARGET_SYNTAX with the line.
 * Pure.
 */
export function parseIds(file: string, text: string): readonly string[] {
  if (text.length > LONGEST_LIST) {
    const message = `\`${file}\` has more than ${LONGEST_LIST} characters`
    throw new AppError({ code: 'TARGET_SYNTAX', message, hint: 'Split the list, or use a glob or a role.' })
  }
  const ids = text.split('\n').flatMap((line, index) => {
    return [...line.replace(/#.*/, '').matchAll(/[^\s,]+/g)].map(({ 0: id, index: at }) => {
      if (/^[a-z0-9.*?-]*[a-z0-9][a-z0-9.*?-]*$/.test(id) && !isReservedId(id)) return id
      throw new AppError({
        code: 'TARGET_SYNTAX',
        message: `expected an id or a glob of ids, got \`${id.slice(0, 80)}\`${isReservedId(id) ? ', a target word' : ''}`,
        source: { file, line: index + 1, column: at + 1 },
        excerpt: line.slice(0, 200),
        hint: 'Put one id on each line; other target words stand on the command line.',
      })
    })
  })
  return [...new Set(ids)]
}
