import type { State } from '../../states/define.ts'
import type { Param } from '../../states/params.ts'

/** Renders the page `docs/states.md` from the descriptions of the state types. Pure. */
export function renderStateDocs(states: readonly State[]): string {
  const sorted = [...states].sort((a, b) => (a.name < b.name ? -1 : 1))
  const intro = [
    '# State types',
    '',
    'A state describes how one thing on a host must be. Its `name` is the thing (the id of the state unless given). Guards',
    '(`unless`, `onlyif`, `creates`) and requisites (`require`, `watch`, `onchanges`) go with every state and are not listed.',
    '',
    'This page is made of the code: `npx vitest run --project unit test/house/state-docs.test.ts -u` writes it anew.',
    '',
  ]
  return [...intro, ...sorted.map(section)].join('\n')
}

function section({ name, summary, nameKind, params, reports }: State): string {
  const rows = Object.entries(params).map(([param, kept]) => row(param, kept))
  const table = ['| argument | default | what |', '| --- | --- | --- |', nameRow(nameKind.expected), ...rows]
  const told = reports === undefined ? [] : [`With \`export\` it reports ${reports}.`, '']
  return [`## ${name}`, '', summary, '', ...table, '', ...told].join('\n')
}

function nameRow(expected: string): string {
  return `| \`name\` | the id | ${cell(capital(expected))}. |`
}

function row(param: string, { kind, help, presence, default: preset }: Param<unknown>): string {
  const given = presence === 'required' ? 'required' : presence === 'optional' ? '' : `\`${JSON.stringify(preset)}\``
  return `| \`${param}\` | ${given} | ${cell(help)} ${cell(capital(kind.expected))}${kind.secret ? '; may be secret' : ''}. |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
