import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readFunctions, type SourceFunction } from '../../../../scripts/docs/walk/functions.ts'

function functionsIn(text: string): readonly SourceFunction[] {
  const project = mkdtempSync(join(tmpdir(), 'saltern-functions-'))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  mkdirSync(join(project, 'src'))
  writeFileSync(join(project, 'tsconfig.json'), '{"include": ["src"], "compilerOptions": {"noEmit": true}}')
  writeFileSync(join(project, 'src/one.ts'), text)
  return readFunctions(project, ['src'])
}

it('functions have the names of their declarations, constants and members, and those of the functions around them', () => {
  const functions = functionsIn(`export function make() {
  const inner = () => [1].map(one => one + 1)
  return { go: inner, stop() { return 1 } }
}
export class Room {
  constructor() { make() }
  #open(): void { make() }
}
`)

  expect(functions.map(({ name, owner }) => [name, functions[owner ?? -1]?.name])).toEqual([
    ['make', 'make'],
    ['make.inner', 'make.inner'],
    [undefined, 'make.inner'],
    ['make.stop', 'make.stop'],
    ['Room.constructor', 'Room.constructor'],
    ['Room.#open', 'Room.#open'],
  ])
})

it('a function passes through when it is one call with its own arguments, and not when it adds or drops one', () => {
  const functions = functionsIn(`declare function f(...all: unknown[]): Promise<void>
export const same = (a: string, b: string) => f(a, b)
export async function waits(a: string) { await f(a) }
export function returns(a: string) { return f(a) }
export const adds = (a: string) => f('x', a)
export const drops = (a: string, _b: string) => f(a)
export function works(a: string) { const b = a.trim(); return f(b) }
`)

  const passing = functions.flatMap(({ name, passesThrough }) => (passesThrough ? [name] : []))

  expect(passing).toEqual(['same', 'waits', 'returns'])
})
