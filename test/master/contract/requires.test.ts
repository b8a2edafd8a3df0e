import { describe, expect, it } from 'vitest'
import { judgeContracts } from '../../../master/contract/judge.ts'
import { contractWords } from '../../../master/contract/labels.ts'
import { judge, linesOf, minion, NOTHING, NOW, ports, role } from './scene.ts'

const ELASTIC = role('elastic', { needs: ['backup'] })
const JOBS = role('jobrunner', { with: ['app'] })

it('`requires` needs a minion with the role in the same level, and one of another level does not count', () => {
  const other = minion('b2', 'backup', { level: 'production' })

  expect(linesOf(judge([ELASTIC], [minion('e1', 'elastic'), other]))).toEqual([
    '! staging elastic requires: a minion with `backup` | none',
  ])
  expect(linesOf(judge([ELASTIC], [minion('e1', 'elastic'), minion('b1', 'backup'), other]))).toEqual([
    'staging elastic requires: a minion with `backup` | b1',
  ])
})

it('`requires` with the same host needs both roles on that host', () => {
  expect(linesOf(judge([JOBS], [minion('j1', 'jobrunner app'), minion('j2', 'jobrunner')]))).toEqual([
    'staging jobrunner j1 requires: `app` on the same host | present',
    '! staging jobrunner j2 requires: `app` on the same host | missing',
  ])
})

it('`requires` demands nothing in a level without the role', () => {
  expect(judge([ELASTIC, JOBS], [minion('web1', 'web')])).toEqual([])
})

describe('a name with `{domain}`', () => {
  const mail = role('mail', { publicHostname: 'mail.{domain}', reverseDns: ['mail.{domain}', 'mail2.{domain}'] })
  const seen = { ...NOTHING, addresses: ['203.0.113.5'] }
  const minions = [
    minion('m1', 'mail', { observed: seen }),
    minion('m2', 'mail', { observed: seen, level: 'production' }),
  ]
  const dns = { forward: new Map([['mail.example.org', ['203.0.113.5']]]), reverse: new Map([['203.0.113.5', ['x']]]) }

  it('a name with `{domain}` uses the domain of the level and is not judged in a level without one', () => {
    const domains = new Map([['production', 'example.org']])
    const { findings } = judgeContracts({ roles: [mail], minions, domains, dns, now: NOW })

    expect(linesOf(findings)).toEqual([
      'production mail public_hostname: mail.example.org resolves to 203.0.113.5 | 203.0.113.5',
      '! production mail m2 reverse_dns: 203.0.113.5 resolves back to mail.example.org or mail2.example.org | x',
    ])
  })
})

it('contractWords names every demand', () => {
  const contract = {
    count: { min: 1, max: 2 },
    publicIp: true,
    volume: '/srv',
    ports: { public: ports('25/tcp'), internal: ports('53/udp') },
    publicHostname: 'a.example',
    reverseDns: true,
    with: ['app'],
    needs: ['backup'],
  } as const

  expect(contractWords(contract)).toBe(
    '1 to 2, public address, /srv, 25/tcp public, 53/udp, host name, reverse DNS, with app, needs backup',
  )
  expect([contractWords({}), contractWords({ count: { exactly: 1 } }), contractWords({ count: { min: 2 } })]).toEqual([
    '',
    '1',
    '2 or more',
  ])
})
