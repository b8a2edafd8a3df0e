import { COMPLETION_SCRIPTS, type CompletedShell } from '../complete/scripts.ts'
import { safe } from '../render/style.ts'
import { defineAnswer, defineLocal } from './define.ts'
import { choice, flag, one, text } from './options.ts'

const SHELLS = Object.keys(COMPLETION_SCRIPTS) as readonly CompletedShell[]

/** Commands for the shell and for completion. */
export const shellCommands = [
  defineLocal({
    words: 'shell',
    help: 'open the shell of the jump box, also as a login shell',
    options: {
      line: text('-c <line>', 'run this line and exit with its exit code'),
      login: flag('-l, --login', 'ignored, for login programs that pass it'),
    },
    invocation: ({ line }, { socket }) => ({ kind: 'shell', line, socket }),
  }),
  defineLocal({
    words: 'completion',
    help: 'print shell completion code: eval "$(master completion bash)"',
    arguments: { shell: choice('<shell>', 'bash, zsh or fish', SHELLS) },
    invocation: ({ shell = 'bash' }) => ({ kind: 'say', text: COMPLETION_SCRIPTS[shell] }),
  }),
  defineLocal({
    words: 'complete',
    help: '',
    hidden: true,
    arguments: { line: one('<line>') },
    answers: [
      defineAnswer({ verb: 'names', render: ({ minions }) => minions.map(name => `${safe(name)}\n`).join('') }),
    ],
    invocation: ({ line }, { socket }) => ({ kind: 'complete', line, socket }),
  }),
]
