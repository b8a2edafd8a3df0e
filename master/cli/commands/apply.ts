import { exitOfApply } from '../exit-codes.ts'
import type { View } from '../invocation.ts'
import { renderApply } from '../render/apply.ts'
import { APPLY_FORMATS } from './ci-formats.ts'
import { defineCommand } from './define.ts'
import { duration, flag, parsed, target } from './options.ts'
import { SHOW_OPTIONS, wantedOf } from './show-options.ts'

const OPTIONS = {
  waitMs: parsed('--wait <time>', 'how long to keep the order for offline minions, for example 1h', duration),
  splayMs: parsed('--splay <time>', 'spread the start of minions over this time, for example 10m', duration),
  strict: flag('--strict', 'apply nothing if the catalog of any minion cannot be compiled or encrypted'),
  ...SHOW_OPTIONS,
}

/** Commands that apply roles to minions. */
export const applyCommands = [
  defineCommand({
    words: 'apply',
    help: 'apply the roles of minions',
    arguments: { target: target() },
    options: OPTIONS,
    verb: 'apply',
    input: inputOf,
    render: renderApply,
    exitCode: exitOfApply,
    formats: APPLY_FORMATS,
  }),
  defineCommand({
    words: 'test',
    help: 'dry run: show what an apply would change',
    arguments: { target: target() },
    // Read from the view, not from the input.
    options: { ...OPTIONS, detailed: flag('--detailed-exitcode', 'exit with 5 if something would change') },
    verb: 'test',
    input: inputOf,
    render: renderApply,
    exitCode: exitOfApply,
    formats: APPLY_FORMATS,
  }),
]

interface Wanted {
  readonly target: string
  readonly waitMs: number | undefined
  readonly splayMs: number | undefined
  readonly strict: boolean
  readonly verbose: boolean
  readonly slowest: boolean
}

function inputOf({ target: picked, waitMs = 0, splayMs = 0, strict, verbose, slowest }: Wanted, { output }: View) {
  // A case of JUnit is also what was right.
  const wanted = wantedOf({ verbose: verbose || output === 'junit', slowest })
  return { target: picked, waitMs, splayMs, strict, ...wanted }
}
