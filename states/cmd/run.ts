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

/** An argv, or a line for a shell; `conflicts` decides which is allowed. */
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

/** Shell syntax, which has no meaning in a program's arguments. */
const SHELL_SYNTAX = /[|&;<>$`*?~(){}"'\\]/

export const cmdRun = defineState({
  name: 'cmd.run',
  summary:
    'Runs a program on every apply. Use `onchanges`, `creates`, `unless` or `onlyif` to run it only when needed. The report contains the last 4 KiB of its output: redirect a secret that the program generates to a file or to /dev/null.',
  nameKind: text(),
  params: {
    cmd: required(command(), 'Program and arguments, or one string with `shell: true`. Cannot contain secrets.'),
    shell: withDefault(flag(), false, 'Pass `cmd` as one string to `/bin/sh -c`.'),
    cwd: optional(absolutePath(), 'Working directory.'),
    user: optional(accountName('user'), 'User that runs the program (root if omitted).'),
    env: optional(mapOf(orNumber(secretText())), 'Environment variables; values can be secrets.'),
    stdin: optional(secretText(), 'Standard input of the program; can be a secret.'),
    success_retcodes: optional(listOf(integer(0, 255)), 'Exit codes that mean success (only 0 if omitted).'),
  },
  owns: () => undefined,
  conflicts({ cmd, shell }) {
    if (typeof cmd === 'string' && !shell) {
      if (SHELL_SYNTAX.test(cmd)) {
        return ['`cmd` uses shell syntax: add `shell: true`, or write a list of program and arguments']
      }
      const words = cmd.trim().split(/\s+/)
      return [`\`cmd\` is a string: write \`cmd: ${JSON.stringify(words)}\`, or \`shell: true\` if it needs a shell`]
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
