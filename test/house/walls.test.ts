import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { filesBelow, PROJECT, readSource } from './source-files.ts'
import { WALLS } from './walls.ts'

/** Composition roots: they build every component, and only import each other. */
const ROOTS = [
  'master/main.ts',
  'master/daemon.ts',
  'master/migrate.ts',
  'master/config.ts',
  'master/config-file.ts',
  'master/wiring/background.ts',
  'master/wiring/backup.ts',
  'master/wiring/doctor.ts',
  'master/wiring/entry-points.ts',
  'master/wiring/link-listener.ts',
  'master/wiring/listeners.ts',
  'master/wiring/metrics.ts',
  'master/wiring/open-state.ts',
  'master/wiring/rooms.ts',
  'minion/main.ts',
]

/** Modules without access to clock, randomness, disk and network. */
const PURE = [
  'master/address',
  'master/compile/catalog',
  'master/compile/language',
  'master/compile/role',
  'master/compliance',
  'master/contract',
  'master/doctor',
  'master/schedule',
  'master/target',
  'master/yaml',
]

const PACKAGES_OF_PROTOCOL = ['msgpackr', 'zod/mini']

interface Import {
  readonly from: string
  readonly what: string
}

const files = filesBelow(['protocol', 'states', 'minion', 'master'], '.ts')
const imports: readonly Import[] = files.flatMap(from => importsOf(from))

it('every source file belongs to a module in the table of allowed imports', () => {
  const strays = files.filter(file => !ROOTS.includes(file) && roomOf(file) === undefined)

  expect(strays.map(file => `${file} is in no room of test/house/walls.ts: move it, or add a row`)).toEqual([])
})

it('no module imports a module that the table does not allow', () => {
  const forbidden = imports.flatMap(({ from, what }) => {
    const target = ownFile(from, what)
    if (target === undefined || ROOTS.includes(from)) return []
    const room = roomOf(from) ?? from
    const other = ROOTS.includes(target) ? target : roomOf(target)
    if (other === room || other === undefined) return []
    const wall = WALLS[room]
    return wall?.may.includes(other)
      ? []
      : [`${from} imports ${other}: hand the value in as data (test/house/walls.ts), because ${wall?.because}`]
  })

  expect(forbidden).toEqual([])
})

it('pure modules import no Node built-in', () => {
  const found = imports.filter(({ from, what }) => PURE.includes(roomOf(from) ?? '') && isBuiltin(what))

  expect(found.map(({ from, what }) => `${from} imports ${what}: its room is pure, so hand the value in`)).toEqual([])
})

it('protocol imports no package except msgpackr and zod/mini', () => {
  const foreign = imports.filter(({ from, what }) => {
    return (
      roomOf(from) === 'protocol' && !what.startsWith('.') && !isBuiltin(what) && !PACKAGES_OF_PROTOCOL.includes(what)
    )
  })

  expect(foreign).toEqual([])
})

it('no source file imports from scripts/ or test/', () => {
  const found = imports.filter(({ from, what }) => /^(scripts|test)\//.test(ownFile(from, what) ?? ''))

  expect(found).toEqual([])
})

it('every relative import names an existing file', () => {
  const missing = imports.filter(({ from, what }) => {
    const target = ownFile(from, what)
    return target !== undefined && !existsSync(join(PROJECT, target))
  })

  expect(missing).toEqual([])
})

function roomOf(file: string): string | undefined {
  return Object.keys(WALLS)
    .filter(room => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]
}

function ownFile(from: string, what: string): string | undefined {
  return what.startsWith('.') ? normalize(join(dirname(from), what)) : undefined
}

function isBuiltin(what: string): boolean {
  return what.startsWith('node:') || builtinModules.includes(what)
}

function importsOf(from: string): readonly Import[] {
  const found = readSource(from).matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(?:type\s)?[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'/g,
  )
  return [...found].map(([, named, dynamic]) => ({ from, what: named ?? dynamic ?? '' }))
}
