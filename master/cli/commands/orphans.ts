import { AppError } from '../../../protocol/errors.ts'
import { exitOfApply } from '../exit-codes.ts'
import { renderApply } from '../render/apply.ts'
import { ORPHANS, renderOrphans } from '../render/orphans.ts'
import { APPLY_FORMATS } from './ci-formats.ts'
import { calling, defineAnswer, defineLocal } from './define.ts'
import { duration, flag, maybeTarget, parsed, texts } from './options.ts'
import { SHOW_OPTIONS } from './show-options.ts'

const HELP = `
  master orphans
  master orphans web1 --remove --test
  master orphans role=web --forget --state file:/etc/motd
`

const SHOWN = { render: renderApply, exitCode: exitOfApply, formats: APPLY_FORMATS }

/** Commands for what earlier runs made and no state declares any more. */
export const orphanCommands = [
  defineLocal({
    words: 'orphans',
    help: 'list what minions made earlier and no role declares any more; remove or forget it',
    arguments: { target: maybeTarget() },
    options: {
      remove: flag('--remove', 'remove the orphans from the minions'),
      forget: flag('--forget', 'forget the orphans: they stay on the minions, unmanaged'),
      states: texts('--state <key...>', 'only these state keys or resources, for example file:/etc/motd'),
      test: flag('--test', 'dry run: show what would be removed or forgotten'),
      yes: flag('--yes', 'do not ask for confirmation'),
      waitMs: parsed('--wait <time>', 'how long to keep the order for offline minions, for example 1h', duration),
      strict: flag('--strict', 'do nothing if the catalog of any minion cannot be compiled or encrypted'),
      ...SHOW_OPTIONS,
    },
    more: HELP,
    table: ORPHANS,
    answers: [
      defineAnswer({
        verb: 'orphans',
        render: (result, style, { target, table }) => renderOrphans(result, style, { target, table }),
        formats: {
          junit: async result => (await import('../render/formats/orphans.ts')).orphansAsJunit(result),
          markdown: async result => (await import('../render/formats/orphans.ts')).orphansAsMarkdown(result),
          github: async result => (await import('../render/formats/orphans.ts')).orphansAsGithub(result),
        },
      }),
      defineAnswer({ verb: 'orphans-remove', ...SHOWN }),
      defineAnswer({ verb: 'orphans-forget', ...SHOWN }),
    ],
    invocation: ({ target, remove, forget, states, test, yes, waitMs = 0, strict }, typed) => {
      if (remove && forget) throw wrongUse('both `--remove` and `--forget`', 'Type one of them.')
      if (!remove && !forget) {
        const only = [
          ...(states.length > 0 ? ['--state'] : []),
          ...(test ? ['--test'] : []),
          ...(yes ? ['--yes'] : []),
          ...(waitMs > 0 ? ['--wait'] : []),
        ]
        const [first] = only
        if (first !== undefined)
          throw wrongUse(`\`${first}\` alone`, `Type it together with \`--remove\` or \`--forget\`.`)
        return calling({ verb: 'orphans', input: target === undefined ? {} : { target } }, typed)
      }
      if (typed.view.table?.columns !== undefined)
        throw wrongUse('`--columns`', 'Only the list is a table: leave it out.')
      const option = remove ? '--remove' : '--forget'
      if (target === undefined) {
        throw wrongUse(`\`${option}\` without a target`, `Name the minions: \`master orphans web1 ${option}\`.`)
      }
      const input = { target, test, waitMs, strict, ...(states.length === 0 ? {} : { states }) }
      const { view, socket } = typed
      const verb = remove ? 'orphans-remove' : 'orphans-forget'
      return { kind: 'orphans', call: { verb, input }, yes, view, socket }
    },
  }),
]

function wrongUse(found: string, hint: string): AppError {
  return new AppError({
    code: 'USAGE',
    message: `orphans: expected a target and \`--remove\` or \`--forget\`, or neither of these options, found ${found}`,
    hint,
  })
}
