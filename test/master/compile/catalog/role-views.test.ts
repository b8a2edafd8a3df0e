import { describe, expect, it } from 'vitest'
import { allocationRequests } from '../../../../master/compile/catalog/allocations.ts'
import { compileCatalog } from '../../../../master/compile/catalog/compile.ts'
import { certificateRequests, deriveExports } from '../../../../master/compile/catalog/derive.ts'
import type { CompileSubject, SharedInput } from '../../../../master/compile/catalog/input.ts'
import { RoleViews } from '../../../../master/compile/catalog/role-views.ts'
import type { PillarNode, PillarTree } from '../../../../master/yaml/pillar-tree.ts'
import { shared, subject } from '../claims-scene.ts'

const ROLE = `summary: s
pillar:
  port: {type: integer}
  name: {type: text, default: '{{minion.id}}-{{minion.level}}'}
  os: {type: text, default: '{{grains.os}}'}
allocations:
  number: {from: 1, to: 9}
exports:
  x: {type: text, value: '{{pillar.name}}'}
certificates:
  host: {common_name: '{{minion.id}}'}
`

/** Counts how often the pillar is asked for each key. */
class CountingMap extends Map<string, PillarNode> {
  readonly asked: string[] = []

  override get(key: string): PillarNode | undefined {
    this.asked.push(key)
    return super.get(key)
  }
}

function scene(role = ROLE, views: RoleViews | undefined = new RoleViews()) {
  const one = subject({ port: 5 })
  const entries = new CountingMap(one.pillar.entries)
  const pillar: PillarTree = { ...one.pillar, entries }
  const { allocations: _, ...fresh } = one
  return { one: { ...fresh, pillar, ...(views === undefined ? {} : { views }) }, input: shared(role), entries }
}

/** All that a compile asks of the roles of a minion; the result of the last part. */
function compiled(input: SharedInput, one: CompileSubject) {
  const { requests } = allocationRequests(input, one)
  const allocated = { ...one, allocations: new Map(requests.map(({ allocation }) => [allocation, 3] as const)) }
  const derived = deriveExports(input, [allocated])
  certificateRequests(input, allocated)
  return { derived, result: compileCatalog({ ...input, ...derived, subject: allocated, certificates: new Map() }) }
}

describe('the views of a minion', () => {
  it('are made once for the four times that a compile looks at its roles', () => {
    const { one, input, entries } = scene()

    const { result, derived } = compiled(input, one)

    expect(result).toMatchObject({ ok: true, reads: { grains: ['os'] } })
    expect(derived.exports.get('db')?.get('x')).toEqual([{ minion: 'db1', value: 'db1-staging' }])
    expect(entries.asked.filter(key => key === 'port')).toHaveLength(1)
  })

  it('are made anew for the same minion with other grains', () => {
    const { one, input, entries } = scene()
    compiled(input, one)

    compiled(input, { ...one, grains: undefined })

    expect(entries.asked.filter(key => key === 'port')).toHaveLength(2)
  })

  it('are made each time when a default reads an allocation, and the catalog sees its value', () => {
    const role = ROLE.replace("'{{minion.id}}-{{minion.level}}'", "'n{{allocations.number}}'")
    const { one, input, entries } = scene(role)

    const { derived } = compiled(input, one)

    expect(derived.exports.get('db')?.get('x')).toEqual([{ minion: 'db1', value: 'n3' }])
    expect(entries.asked.filter(key => key === 'port').length).toBeGreaterThan(1)
  })

  it('give the same problems as without a memory, each once', () => {
    const role = ROLE.replace('port: {type: integer}', 'port: {type: boolean}\n  missing: {type: text}')
    const [kept, anew] = [scene(role), scene(role, undefined)]

    const { result } = compiled(kept.input, kept.one)

    expect(result.ok).toBe(false)
    expect(result).toEqual(compiled(anew.input, anew.one).result)
  })
})
