import { expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Exports } from '../../master/compile/catalog/input.ts'
import { loadLibrary } from '../../master/compile/role/library.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { Secret } from '../../protocol/secret.ts'
import { compileScene, type PillarMap, problemLines } from '../master/compile/compile-scene.ts'
import { readSource } from './source-files.ts'

const PAGES = ['docs/coming-from-ansible.md', 'docs/coming-from-salt.md']

/** The fleet files shown by one section of a page: a block whose first line names a path is that file. */
interface Example {
  readonly page: string
  readonly heading: string
  readonly roles: { readonly [path: string]: string }
  readonly pillar: PillarMap
}

function examplesOf(page: string): readonly Example[] {
  const sections = readSource(page).split(/^## /m).slice(1)
  return sections.flatMap(section => {
    const heading = section.slice(0, section.indexOf('\n'))
    const files = [...section.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(
      ([, path = '', text = '']) => [path, text] as const,
    )
    const roles = files.flatMap(([path, text]) => (path.startsWith('roles/') ? [[path.slice(6), text] as const] : []))
    const values = files.filter(([path]) => path.startsWith('pillar/')).map(([, text]) => parse(text) as PillarMap)
    const secrets = [...section.matchAll(/master pillar set ([\w]+)\.(\w+)/g)].map(([, top = '', key = '']) => ({
      [top]: { [key]: new Secret('example secret', `${top}.${key}`) },
    }))
    const pillar = Object.assign({}, ...values, ...secrets) as PillarMap
    return roles.length === 0 ? [] : [{ page, heading, roles: Object.fromEntries(roles), pillar }]
  })
}

/** Every export of the example's roles, as provided by another minion of the level. */
function exportsOf(names: readonly string[], roles: Example['roles']): Exports {
  const values = [{ minion: 'db1' as MinionId, value: '10.0.0.5' }]
  const declared = (name: string): readonly string[] => {
    const role = parse(roles[`${name}/role.yml`] ?? '{}') as { readonly exports?: object }
    return Object.keys(role.exports ?? {})
  }
  return new Map(names.map(name => [name, new Map(declared(name).map(key => [key, values]))]))
}

const examples = PAGES.flatMap(examplesOf)

it.each(examples.map(example => [example.page, example.heading, example] as const))(
  'the example of %s, section %s, compiles without a problem',
  (_page, _heading, { roles, pillar }) => {
    const names = [...new Set(Object.keys(roles).map(path => path.split('/')[0] ?? ''))]
    const bytes = Object.entries(roles).map(
      ([path, text]) => [`roles/${path}`, new TextEncoder().encode(text)] as const,
    )
    const library = loadLibrary(new Map(bytes))
    const exports = exportsOf(names, roles)
    const compiled = compileScene({ roles, assigned: names, pillar, input: { exports } })

    expect(names.flatMap(name => library.roles.get(name)?.problems ?? [])).toEqual([])
    expect(problemLines(compiled)).toEqual(['(no problem)'])
  },
)

it.each(PAGES)('%s, a page for people who come from Ansible or Salt, has at least five examples', page => {
  expect(examples.filter(example => example.page === page).length).toBeGreaterThanOrEqual(5)
})
