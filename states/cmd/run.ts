import { defineState } from '../define.ts'
import {
  absolutePath,
  argvList,
  describeValue,
  flag,
  integer,
  type Kind,
  listOf,
  mapOf,
  orNumber,
  secretText,
  text,
} from '../kinds.ts'
import { accountName } from '../name-kinds.ts'
import { optional, required, withDefault } from '../params.ts'

/** An argv, or a line for a shell: `conflicts` tells which of them is allowed. */
function command(): Kind<string | readonly string[]> {
  const expected = 'a list of program and arguments, or a text with `shell: true`'
  return {
    expected,
    secret: false,
    check(value) {
      if (typeof value === 'string' && value.trim() !== '') return { ok: true, value }
      const checked = argvList().check(value)
      return checked.ok || Array.isArray(value)
        ? checked
        : { ok: false, fault: { at: '', expected, found: describeValue(value) } }
    },
  }
}

/** What would reach a program as an argument, and mean nothing to it. */
const SHELL_SYNTAX = /[|&;<>$`*?~(){}"'\\]/

export const cmdRun = defineState({
  name: 'cmd.run',
  summary:
    'A program that is started on every apply; `onchanges`, `creates`, `unless` and `onlyif` make it rarer. The last 4 KiB that it writes go into the report: send a secret that it makes itself to a file, or to /dev/null.',
  nameKind: text(),
  params: {
    cmd: required(command(), 'Program and arguments; a text for `/bin/sh` only with `shell: true`. Holds no secrets.'),
    shell: withDefault(flag(), false, 'Hand `cmd`, a text, to `/bin/sh -c`.'),
    cwd: optional(absolutePath(), 'Working directory.'),
    user: optional(accountName('user'), 'Who it runs as; not given: root.'),
    env: optional(mapOf(orNumber(secretText())), 'Environment variables; values may hold secrets.'),
    stdin: optional(secretText(), 'What it reads from standard input; may hold secrets.'),
    success_retcodes: optional(listOf(integer(0, 255)), 'Exit codes that mean success; not given: 0.'),
  },
  owns: () => undefined,
  conflicts({ cmd, shell }) {
    if (typeof cmd === 'string' && !shell) {
      if (SHELL_SYNTAX.test(cmd)) {
        return [
          '`cmd` is a text that only a shell understands: add `shell: true`, or write a list of program and arguments',
        ]
      }
      const words = cmd.trim().split(/\s+/)
      return [`\`cmd\` is a text: write \`cmd: ${JSON.stringify(words)}\`, or \`shell: true\` if it needs a shell`]
    }
    return typeof cmd === 'string' || !shell ? [] : ['`shell: true` needs `cmd` to be one text']
  },
  read: async () => undefined,
  plan({ cmd, cwd, user, env, stdin, success_retcodes: success }) {
    const argv = typeof cmd === 'string' ? ['/bin/sh', '-c', cmd] : cmd
    const summary = typeof cmd === 'string' ? cmd : cmd.join(' ')
    return [{ do: 'run', summary, argv, cwd, user, env, stdin, success, showOutput: true }]
  },
  converges: false,
})
