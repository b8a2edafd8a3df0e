import { expect, it } from 'vitest'
import type { SourceFunction } from '../../../../scripts/docs/walk/functions.ts'
import { type Calls, keyOf, walkOf } from '../../../../scripts/docs/walk/graph.ts'

type Given = Pick<SourceFunction, 'file' | 'name'> & Partial<SourceFunction>

/** Functions in the order of their ids; each of three lines, behind the one before it. */
function functionsOf(...given: readonly Given[]): readonly SourceFunction[] {
  return given.map((one, id) => ({
    id,
    around: undefined,
    owner: one.name === undefined ? undefined : id,
    start: 100 * id,
    end: 100 * id + 50,
    lines: 3,
    body: { start: 0, end: 0, isBlock: true },
    passesThrough: false,
    ...one,
  }))
}

function callsOf(...pairs: readonly (readonly [number, number])[]): Calls {
  return { Master: pairs.map(([from, to]) => ({ from, to })) }
}

const PLAN = { entries: ['in.ts begin'], steps: { store: ['store.ts save'], show: ['show.ts write'] } }
const BEGIN = { file: 'a/in.ts', name: 'begin' }
const SAVE = { file: 'a/store.ts', name: 'save' }
const WRITE = { file: 'a/show.ts', name: 'write' }
const TABLE = { file: 'a/table.ts', name: 'insert' }

function namesOf(functions: readonly SourceFunction[], calls: Calls): readonly string[] {
  return (walkOf(functions, calls, PLAN).processes['Master'] ?? []).map(({ fn }) => keyOf(fn))
}

it('the walk lists what lies between an entry and a step, and nothing that leads to none', () => {
  const hop = { file: 'a/hop.ts', name: 'hop' }
  const helper = { file: 'a/helper.ts', name: 'help' }
  const functions = functionsOf(BEGIN, hop, SAVE, TABLE, helper, WRITE)
  const calls = callsOf([-1, 0], [0, 1], [1, 2], [2, 3], [1, 4], [0, 5])

  expect(namesOf(functions, calls)).toEqual(['a/in.ts begin', 'a/hop.ts hop', 'a/store.ts save'])
})

it('the walk names a step that calls nothing of another file beside its caller', () => {
  const functions = functionsOf(BEGIN, SAVE, TABLE, WRITE)
  const walk = walkOf(functions, callsOf([-1, 0], [0, 1], [1, 2], [0, 3]), PLAN)

  const [begin] = walk.processes['Master'] ?? []

  expect(begin?.leaves.map(({ fn, step }) => `${keyOf(fn)}: ${step}`)).toEqual(['a/show.ts write: show'])
})

it('the walk takes a callback without a name for a part of the function that holds it', () => {
  const callback = { file: 'a/in.ts', name: undefined, owner: 0 }
  const functions = functionsOf(BEGIN, SAVE, TABLE, WRITE, callback)
  const calls = callsOf([-1, 0], [-1, 4], [4, 1], [1, 2], [4, 3])

  expect(namesOf(functions, calls)).toEqual(['a/in.ts begin', 'a/store.ts save'])
})

it('the walk takes a queue that runs a callback for no hop, unless the callback was handed in before the apply', () => {
  const queue = { file: 'a/queue.ts', name: 'run' }
  const callback = { file: 'a/in.ts', name: undefined, owner: 0, around: 0 }
  const handler = { file: 'a/other.ts', name: 'listen' }
  const early = { file: 'a/other.ts', name: undefined, owner: 6, around: 6 }
  const functions = functionsOf(BEGIN, SAVE, TABLE, WRITE, queue, callback, handler, early)
  const common = [
    [-1, 0],
    [0, 3],
    [1, 2],
    [0, 4],
  ] as const

  const late = callsOf(...common, [4, 5], [5, 1])
  const before = callsOf(...common, [4, 7], [7, 1])

  expect(namesOf(functions, late)).toEqual(['a/in.ts begin', 'a/store.ts save'])
  expect(namesOf(functions, before)).toEqual([
    'a/in.ts begin',
    'a/queue.ts run',
    'a/other.ts listen',
    'a/store.ts save',
  ])
})

it('the walk leaves out what only a timer calls', () => {
  const timer = { file: 'a/timer.ts', name: 'look' }
  const functions = functionsOf(BEGIN, SAVE, TABLE, WRITE, timer)
  const calls = callsOf([-1, 0], [0, 1], [1, 2], [0, 3], [-1, 4], [4, 1])

  expect(namesOf(functions, calls)).toEqual(['a/in.ts begin', 'a/store.ts save'])
})

it('the walk reports functions that only pass on, and long ones on it or around it', () => {
  const factory = { file: 'a/hop.ts', name: 'createHop', start: 0, end: 1000, lines: 61 }
  const hop = { file: 'a/hop.ts', name: 'createHop.hop', passesThrough: true }
  const functions = functionsOf(BEGIN, SAVE, TABLE, WRITE, factory, hop)
  const walk = walkOf(functions, callsOf([-1, 0], [0, 5], [5, 1], [1, 2], [0, 3]), PLAN)

  expect(walk.passThrough).toEqual(['a/hop.ts createHop.hop'])
  expect(walk.long).toEqual(['a/hop.ts createHop (61 lines)'])
})

it('the walk names an entry or a step that was not called', () => {
  const functions = functionsOf(BEGIN, SAVE, TABLE)

  expect(() => walkOf(functions, callsOf([-1, 0], [0, 1], [1, 2]), PLAN)).toThrow(
    'not called during the apply: show.ts write',
  )
})
