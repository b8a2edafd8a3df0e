import { expect, it } from 'vitest'
import { renderGrains } from '../../../../master/cli/render/grains.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import type { GrainsRow } from '../../../../master/verbs/grains.ts'

const row = (minion: string, grains: GrainsRow['grains'], more: Partial<GrainsRow> = {}): GrainsRow => {
  return { minion, grains, connected: true, ...more }
}

it('grains of minions stand below their names, and say since when an offline minion is silent', () => {
  const minions = [
    row('web1', { os: 'debian', num_cpus: 2, addresses: ['10.0.0.1', 'fd00::1'] }),
    row('web2', {}, { connected: false, lastSeenAt: '2026-11-21T10:00:00.000Z' }),
  ]
  expect(renderGrains({ minions }, PLAIN)).toBe(`web1
  os         debian
  num_cpus   2
  addresses  10.0.0.1, fd00::1

web2  offline since 2026-11-21 10:00:00 UTC
  has reported nothing yet
`)
})

it('grains of one key are grouped by value, the most frequent first', () => {
  const ids = ['web10', 'web2', 'web1', 'web3']
  const minions = [row('db1', { osrelease: '11' }), ...ids.map(id => row(id, { osrelease: '12' })), row('new', {})]
  expect(renderGrains({ minions, key: 'osrelease' }, PLAIN)).toBe(`12  web1, web2 and 2 more  (4 minions)
11  db1
-   new
`)
})

it('grains are printed without what a terminal would act on', () => {
  const minions = [row('web1', { hostname: '\u001b]0;owned\u0007' })]
  for (const key of [undefined, 'hostname']) {
    const text = renderGrains({ minions, ...(key === undefined ? {} : { key }) }, PLAIN)
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  }
})
