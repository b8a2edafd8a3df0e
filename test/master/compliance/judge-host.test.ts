import { describe, expect, it } from 'vitest'
import { type HostRule, hostFindings } from '../../../master/compliance/judge-host.ts'
import { minion } from './facts.ts'

const RULE: HostRule = {
  subject: 'addresses',
  status: 'failed',
  isWrong: ({ addresses }) => addresses.length > 1,
  title: 'too many addresses',
  detail: 'one is enough',
  next: id => `master minions ${id}`,
}

describe('what a minion reports about its host', () => {
  it('a host that breaks a rule has one finding, which names the command to type', () => {
    const found = hostFindings(minion('a', { observed: { addresses: ['10.0.0.1', '10.0.0.2'] } }), [RULE])

    expect(found).toMatchObject([
      {
        id: 'a/host/addresses',
        status: 'failed',
        kind: 'host',
        minion: 'a',
        level: 'production',
        next: 'master minions a',
      },
    ])
  })

  it('a host that keeps the rules, or that was not seen, has no finding', () => {
    expect(hostFindings(minion('a', { observed: { addresses: ['10.0.0.1'] } }), [RULE])).toEqual([])
    expect(hostFindings(minion('a', {}), [RULE])).toEqual([])
  })
})
