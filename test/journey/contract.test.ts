import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ContractResult } from '../../master/verbs/contract.ts'
import { Scene } from './scene.ts'

const scene = new Scene()
const server = createServer(socket => socket.destroy())
let port = 0

function role(count: string): string {
  return `summary: answers at one port
contract:
  count: {${count}}
  volume: /no-volume
  ports: {internal: [${port}/tcp, 1/tcp]}
`
}

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '0.0.0.0', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  await scene.makeFleet({
    'roles/demo/role.yml': role('exactly: 1'),
    'roles/demo/states.yml': `${scene.out}/{{minion.id}}:\n  file.managed: {contents: x, ${scene.owner}}\n`,
    'roles/other/role.yml': 'summary: demands nothing\n',
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.join('m1')
})
afterAll(async () => {
  await scene.close()
  server.close()
})

it('master contract checks only counts until a minion has reported its facts, and says so', async () => {
  const { code, out } = await scene.run(['contract'])

  expect(code).toBe(0)
  expect(out).toContain('1 requirement met')
  expect(out).toContain('m1 has not reported about its host yet')
  expect(await scene.must(['roles'])).toMatch(/demo +ready +m1 +kept/)
})

it('master contract uses the facts from a dry run and exits with 1 when a requirement is not met', async () => {
  await scene.must(['test', 'm1'])
  const { code, out } = await scene.run(['contract', 'demo'])

  expect(code).toBe(1)
  expect(out).toMatch(/staging +demo +m1 +ports +1\/tcp answers +no answer \(ECONNREFUSED\)/)
  expect(out).toMatch(/staging +demo +m1 +volume +\/no-volume on a volume of its own/)
  expect(out).toContain('2 requirements not met, 2 met')
  expect(await scene.must(['roles'])).toMatch(/demo +ready +m1 +broken in staging/)
})

it('master contract --json lists every demand with expected and found values, broken or not', async () => {
  const { out } = await scene.run(['--json', 'contract'])
  const { findings, unseen } = JSON.parse(out) as ContractResult

  expect(unseen).toEqual([])
  expect(findings).toContainEqual({
    kind: 'ports',
    level: 'staging',
    role: 'demo',
    minion: 'm1',
    expected: `${port}/tcp answers`,
    found: 'it answers',
    ok: true,
  })
})

it('master contract finds a second minion of a role that allows exactly one', async () => {
  await scene.join('m2')
  const { code, out } = await scene.run(['contract', 'demo'])

  expect(code).toBe(1)
  expect(out).toMatch(/staging +demo +- +count +exactly 1 +2: m1, m2/)
})

it('master contract rejects an unknown role and says when a role demands nothing', async () => {
  const { code, err } = await scene.run(['contract', 'demp'])

  expect(code).toBe(2)
  expect(err).toContain('Did you mean `demo`?')
  expect(await scene.must(['contract', 'other'])).toBe('no role has a contract\n')
})
