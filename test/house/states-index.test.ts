import { expect, it } from 'vitest'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import { filesBelow, readSource } from './source-files.ts'

const all = filesBelow(['states'], '.ts')
/** Code shared by several state types, or split off from one to keep it short. */
const LIBRARY = /^states\/lib\/[a-z-]+\.ts$/
const files = all.filter(path => /^states\/[a-z_]+\/[a-z-]+\.ts$/.test(path) && !LIBRARY.test(path))
/** Modules that every state type imports. */
const CONTRACT = [
  'action',
  'define',
  'index',
  'kinds',
  'name-kinds',
  'params',
  'record-kind',
  'registry',
  'system',
].map(name => `states/${name}.ts`)

it('states/index.ts lists every state type, and each is in the file of its name', async () => {
  const defined = await Promise.all(
    files.map(async path => {
      const module: object = await import(/* @vite-ignore */ `../../${path}`)
      const states = Object.values(module).filter(isState)
      return states.map(({ name }) => ({ name, path }))
    }),
  )

  const found = defined.flat()
  const { names } = createRegistry(STATES)
  const misplaced = found.filter(({ name, path }) => path !== pathOf(name))
  const unlisted = found.filter(({ name }) => !names.includes(name))
  const gone = names.filter(name => !found.some(one => one.name === name))

  expect([
    ...misplaced.map(({ name, path }) => `${path} defines \`${name}\`, which belongs into ${pathOf(name)}`),
    ...unlisted.map(({ name, path }) => `list \`${name}\` of ${path} in states/index.ts`),
    ...gone.map(name => `states/index.ts lists \`${name}\`, which ${pathOf(name)} does not export`),
  ]).toEqual([])
})

it('states/ contains only the contract, the state types and lib/', () => {
  const others = all.filter(path => !files.includes(path) && !LIBRARY.test(path) && !CONTRACT.includes(path))

  expect(others).toEqual([])
})

it('no file of states/lib defines or imports a state type', () => {
  const library = all.filter(path => LIBRARY.test(path))
  const importing = library.filter(path => /from '\.\.\/[a-z_]+\//.test(readSource(path)))
  const defining = library.filter(path => /\bdefineState\(/.test(readSource(path)))

  expect({ importing, defining }).toEqual({ importing: [], defining: [] })
})

function pathOf(name: string): string {
  return `states/${name.replace('.', '/')}.ts`
}

function isState(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'bind' in value && 'owns' in value
}
