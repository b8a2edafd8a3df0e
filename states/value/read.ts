import { shownText } from '../../protocol/byte-text.ts'
import { AppError } from '../../protocol/errors.ts'
import { defineState } from '../define.ts'
import { absolutePath, argvList, text } from '../kinds.ts'
import { optional } from '../params.ts'

export const valueRead = defineState({
  name: 'value.read',
  summary:
    'Reads a value from the host and reports it with `export`, so that other minions can use it. It changes nothing.',
  nameKind: text(),
  params: {
    file: optional(absolutePath(), 'File to read; surrounding white space is removed.'),
    cmd: optional(argvList(), 'Program and arguments that print the value. The program must not change anything.'),
  },
  owns: () => undefined,
  conflicts: ({ file, cmd }) => ((file === undefined) === (cmd === undefined) ? ['give either `file` or `cmd`'] : []),
  async read(system, { file, cmd }): Promise<string | undefined> {
    if (file !== undefined) return (await system.readText(file))?.trim()
    const { exitCode, stdout } = await system.query(cmd ?? [])
    return exitCode === 0 ? stdout.trim() : undefined
  },
  plan({ file, cmd }, value) {
    const where = file === undefined ? `\`${(cmd ?? []).join(' ')}\`` : `\`${file}\``
    if (value?.isWellFormed() === false) {
      throw new AppError({
        code: 'VALUE_MISSING',
        message: `${where} is not UTF-8 text: \`${beginningOf(shownText(value))}\``,
        hint: 'Convert it with `cmd`: `cmd: [iconv, -f, latin1, -t, utf-8, FILE]`.',
      })
    }
    if (value !== undefined && value !== '') return []
    throw new AppError({
      code: 'VALUE_MISSING',
      message: `${where} ${value === undefined ? (file === undefined ? 'ended with an error' : 'is not there') : 'gives nothing'}`,
      hint: 'Require the state that creates it.',
    })
  },
  reports: 'the text',
  report: (_params, value) => value,
})

/** Truncates a text. The mark shows where, so that a truncated secret before it is redacted too. */
function beginningOf(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
