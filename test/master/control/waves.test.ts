import { expect, it } from 'vitest'
import { type WaveNode, wavesOf } from '../../../master/control/waves.ts'

function node(id: string, roles: string, readsFrom = '', level = 'staging'): WaveNode {
  const words = (text: string): readonly string[] => text.split(' ').filter(word => word !== '')
  return { id, level, roles: words(roles), readsFrom: words(readsFrom) }
}

const waves = (...nodes: readonly WaveNode[]) => Object.fromEntries(wavesOf(nodes))

it('waves put producers before readers, whatever the order of input', () => {
  expect(
    waves(node('db2', 'db', 'masterdb'), node('db1', 'db masterdb', 'masterdb'), node('web', 'web', 'db')),
  ).toEqual({
    db1: 0,
    db2: 1,
    web: 2,
  })
})

it('waves keep cycles together', () => {
  expect(waves(node('a', 'mail', 'dns'), node('b', 'dns', 'mail'), node('c', 'web', 'mail'))).toEqual({
    a: 0,
    b: 0,
    c: 1,
  })
})

it('waves have no order between levels', () => {
  expect(waves(node('db2', 'db', 'masterdb', 'production'), node('db1', 'masterdb'))).toEqual({ db1: 0, db2: 0 })
})

it('waves are a single one when no minion reads from another', () => {
  expect(waves(node('a', 'base'), node('b', 'base'))).toEqual({ a: 0, b: 0 })
})
