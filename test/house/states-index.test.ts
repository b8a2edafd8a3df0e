import { describe, expect, it } from 'vitest'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import { filesBelow } from './source-files.ts'

const files = filesBelow(['states'], '.ts').filter(path => /^states\/[a-z_]+\/[a-z-]+\.ts$/.test(path))
const CONTRACT = /^states\/[a-z-]+\.ts$/

describe('states/index.ts', () => {
  it('lists every state type, and each lies in the file of its name', async () => {
    const defined = await Promise.all(
      files.map(async path => {
        const module: object = await import(/* @vite-ignore */ `../../${path}`)
        const states = Object.values(module).filter(isState)
        return states.map(({ name }) => ({ name, path }))
      }),
    )

    const found = defined.flat()
    expect(found.filter(({ name, path }) => path !== `states/${name.replace('.', '/')}.ts`)).toEqual([])
    expect(found.map(({ name }) => name).sort()).toEqual([...createRegistry(STATES).names])
  })

  it('knows no file besides the contract and the modules', () => {
    const others = filesBelow(['states'], '.ts').filter(path => !files.includes(path) && !CONTRACT.test(path))

    expect(others).toEqual([])
  })
})

function isState(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'bind' in value && 'owns' in value
}
