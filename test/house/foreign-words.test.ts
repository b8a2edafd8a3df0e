import { join } from 'node:path'
import { expect, it } from 'vitest'
import { foreignWords } from '../../master/compile/language/foreign-words.ts'
import { STATES } from '../../states/index.ts'
import { PROJECT } from './source-files.ts'

function page(): string {
  const table = (tool: string, kind: string): string => {
    const rows = foreignWords().filter(one => one.tool === tool && one.kind === kind)
    return `| ${tool} | here |\n|---|---|\n${rows.map(({ word, hint }) => `| \`${word}\` | ${hint} |`).join('\n')}\n`
  }
  return `# Coming from Ansible or Salt

What to write in place of a word that Saltern does not have. [Coming from Ansible](coming-from-ansible.md) and
[Coming from Salt](coming-from-salt.md) show whole examples. \`master lint\` gives the same hints, with the place of the word.

A task file or an SLS file becomes \`roles/NAME/states.yml\`: see [role-language.md](role-language.md). \`name:\` of a task becomes the id of
the state. States run in the order of the file unless requisites say otherwise. [states.md](states.md) lists the state types.

This page is made of the code: \`npx vitest run --project unit test/house/foreign-words.test.ts -u\` writes it anew.

## Modules of Ansible

${table('Ansible', 'state')}
## Words of Ansible tasks

${table('Ansible', 'argument')}
## States of Salt

${table('Salt', 'state')}
## Arguments of Salt states

${table('Salt', 'argument')}`
}

it('docs/coming-from.md lists every foreign word that the hints know', async () => {
  expect(foreignWords().length).toBeGreaterThan(60)
  await expect(page()).toMatchFileSnapshot(join(PROJECT, 'docs/coming-from.md'))
})

it('docs/coming-from.md names only existing state types, and no word that Saltern itself uses', () => {
  const types = new Set(STATES.map(({ name }) => name))
  const areas = new Set(STATES.map(({ name }) => name.split('.')[0]))
  const named = foreignWords().flatMap(({ hint }) =>
    [...hint.matchAll(/`([a-z_]+\.[a-z_]+)/g)].map(([, name]) => name ?? ''),
  )

  expect(named.filter(name => areas.has(name.split('.')[0]) && !types.has(name))).toEqual([])
  const own = foreignWords().filter(({ word }) => types.has(word))
  expect(own.map(({ word }) => `Saltern has \`${word}\`: remove it from foreign-words.ts`)).toEqual([])
})
