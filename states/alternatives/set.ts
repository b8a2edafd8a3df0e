import { AppError } from '../../protocol/errors.ts'
import { defineState } from '../define.ts'
import { absolutePath, word } from '../kinds.ts'
import { required } from '../params.ts'

interface Current {
  /** True when an administrator has chosen, so that a package cannot choose another program. */
  readonly manual: boolean
  readonly value: string
  /** The paths that can be chosen; empty when there is no such name. */
  readonly choices: readonly string[]
}

export const alternativesSet = defineState({
  name: 'alternatives.set',
  summary:
    'The program that a name of the alternatives system of Debian stands for, such as the editor behind `editor`.',
  nameKind: word('a name of the alternatives system, for example `editor`', /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/),
  params: { path: required(absolutePath(), 'The program to choose; a package must have registered it.') },
  owns: ({ name }) => `alternatives:${name}`,
  async read(system, { name }): Promise<Current> {
    const { exitCode, stdout } = await system.query(['update-alternatives', '--query', name])
    return exitCode === 0 ? parseQuery(stdout) : { manual: false, value: 'none', choices: [] }
  },
  plan({ name, path }, { manual, value, choices }) {
    if (!choices.includes(path)) throw choiceMissing(name, path, choices)
    if (manual && value === path) return []
    const summary = `choose ${path} for ${name}`
    return [{ do: 'run', summary, argv: ['update-alternatives', '--set', name, path] }]
  },
})

/** Paragraphs of `Field: value` lines: the first is about the name, each other one about a choice (update-alternatives(1)). Pure. */
function parseQuery(text: string): Current {
  const [head = '', ...choices] = text.split('\n\n')
  const field = (paragraph: string, name: string): string =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? ''
  return {
    manual: field(head, 'Status') === 'manual',
    value: field(head, 'Value'),
    choices: choices.map(choice => field(choice, 'Alternative')).filter(path => path !== ''),
  }
}

function choiceMissing(name: string, path: string, choices: readonly string[]): AppError {
  const found = choices.length === 0 ? 'there are no alternatives of that name' : `there are ${choices.join(', ')}`
  return new AppError({
    code: 'PREREQUISITE_MISSING',
    message: `\`${path}\` is not registered for \`${name}\`: ${found}`,
    hint: 'Require the `pkg.installed` of the package that has the program.',
  })
}
