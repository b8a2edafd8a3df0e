import { describe, expect, it } from 'vitest'
import { loadPillar, pillarFor } from '../../../master/pillar/for-minion.ts'
import { pillarAt } from '../../../master/yaml/pillar-tree.ts'

const OPENER = { fleet: 'fleet-one', keys: [] }
const load = (files: { readonly [path: string]: string }) => loadPillar(path => files[path], OPENER)

describe('the pillar top file', () => {
  it('merges maps in order and lets later lists win, for those who match', () => {
    const pillar = load({
      'pillar/top.yml': '- match: "*"\n  files: [common]\n- match: role=db\n  files: [db]\n',
      'pillar/common.yml': 'a: {x: 1, y: 1}\nl: [1, 2]\n',
      'pillar/db.yml': 'a: {y: 2}\nl: [3]\n',
    })
    expect(pillar.problems).toEqual([])
    const db = pillarFor(pillar, { id: 'db1', roles: ['db'], level: 'staging' })
    const web = pillarFor(pillar, { id: 'web1', roles: [], level: 'staging' })
    expect(pillarAt(db, ['a', 'x'])).toMatchObject({ value: 1 })
    expect(pillarAt(db, ['a', 'y'])).toMatchObject({ value: 2, position: { file: 'pillar/db.yml', line: 1 } })
    expect(pillarAt(db, ['l'])).toMatchObject({ items: [{ value: 3 }] })
    expect(pillarAt(web, ['a', 'y'])).toMatchObject({ value: 1, position: { file: 'pillar/common.yml' } })
  })

  it('gives files of an `id=` match only to who joined by a token that lies within the match', () => {
    const pillar = load({
      'pillar/top.yml': '- match: id=db1\n  files: [one]\n- match: id=db*\n  files: [all]\n',
      'pillar/one.yml': 'a: 1\n',
      'pillar/all.yml': 'b: 1\n',
    })
    const seen = (joinedAs: string | undefined) => {
      const tree = pillarFor(pillar, { id: 'db1', roles: [], level: 'staging', joinedAs })
      return ['a', 'b'].filter(key => pillarAt(tree, [key]) !== undefined)
    }
    expect([undefined, 'db1', 'db?', '*'].map(seen)).toEqual([['a', 'b'], ['a', 'b'], ['b'], []])
  })

  it('refuses grains, says why and where', () => {
    expect(load({ 'pillar/top.yml': '- match: os=debian\n  files: []\n' }).problems).toMatchObject([
      {
        code: 'FLEET_INVALID',
        message: '`os` is a grain: a minion claims it, so it must not open pillar files',
        source: { file: 'pillar/top.yml', line: 1, column: 10 },
        hint: 'Use `id`, `role` or `level`.',
      },
    ])
  })

  it('names a file that is not there', () => {
    expect(load({ 'pillar/top.yml': '- match: "*"\n  files: [gone]\n' }).problems).toMatchObject([
      { message: 'there is no file `pillar/gone.yml`', source: { line: 2 } },
    ])
  })
})
