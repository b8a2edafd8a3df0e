import { exitOfApply } from '../exit-codes.ts'
import { renderApply } from '../render/apply.ts'
import { defineCommand } from './define.ts'
import { duration, flag, parsed, target } from './options.ts'

const OPTIONS = {
  waitMs: parsed('--wait <time>', 'keep the order for minions that are away, such as 1h', duration),
  splayMs: parsed('--splay <time>', 'let each minion begin at an offset of its own below this, such as 10m', duration),
  strict: flag('--strict', 'apply nothing when one of the minions cannot be compiled or sealed'),
}

/** The commands that bring minions to their roles. */
export const applyCommands = [
  defineCommand({
    words: 'apply',
    help: 'bring minions to what their roles ask for',
    arguments: { target: target() },
    options: OPTIONS,
    verb: 'apply',
    input: inputOf,
    render: renderApply,
    exitCode: (result, { detailed }) => exitOfApply(result, detailed),
  }),
  defineCommand({
    words: 'test',
    help: 'say what an apply would change, and change nothing',
    arguments: { target: target() },
    // Read into the view of the answer.
    options: { ...OPTIONS, detailed: flag('--detailed-exitcode', 'exit 5 when something would change') },
    verb: 'test',
    input: inputOf,
    render: renderApply,
    exitCode: (result, { detailed }) => exitOfApply(result, detailed),
  }),
]

interface Wanted {
  readonly target: string
  readonly waitMs: number | undefined
  readonly splayMs: number | undefined
  readonly strict: boolean
}

function inputOf({ target: picked, waitMs = 0, splayMs = 0, strict }: Wanted) {
  return { target: picked, waitMs, splayMs, strict }
}
