import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { descriptorLimit, mostLinkSockets } from '../../master/link/descriptors.ts'
import { problemsOf } from '../../protocol/errors.ts'
import { Scene, until } from '../journey/scene.ts'

/** Anyone who can connect can use up file descriptors: enough must remain for operators, the store and the fleet directory. */

const scene = new Scene()
const DESCRIPTORS = 130
const sockets = new Set<Socket>()
let over = false

/** Holds a connection from a network of its own, and reconnects as soon as the master closes it. */
function hold(at: number): void {
  if (over) return
  const [host = '', port = ''] = scene.address.split(':')
  const socket = connect({
    host,
    port: Number(port),
    localAddress: `127.${50 + (at % 100)}.${1 + Math.floor(at / 100)}.1`,
  })
  sockets.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    sockets.delete(socket)
    setTimeout(hold, 20, at)
  })
}

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: nothing\n',
    'roles/demo/states.yml': '{}\n',
    'inventory.yml': 'one: {roles: [demo], level: staging}\n',
  })
  scene.descriptors = DESCRIPTORS
  await scene.startMaster()
  await scene.join('one')
})
afterAll(async () => {
  over = true
  for (const socket of sockets) socket.destroy()
  await scene.close()
})

describe('a master with few file descriptors', () => {
  it('answers operators, orders and connected minions while outsiders hold all the sockets that they can get', async () => {
    for (let at = 0; at < 2 * DESCRIPTORS; at++) hold(at)
    await until('the flood is there', () => sockets.size > DESCRIPTORS)

    for (let round = 0; round < 3; round++) {
      const said = await Promise.all([scene.run(['status']), scene.run(['ping', 'one']), scene.run(['apply', 'one'])])
      expect(said.filter(({ code }) => code !== 0)).toEqual([])
    }
    expect(scene.log('master')).not.toMatch(/EMFILE|INTERNAL/)
  })
})

describe('the sockets of minions', () => {
  it('are all descriptors of the process but a quarter, of which at least 80 and at most 1,024 are reserved', () => {
    expect([130, 1024, 65_536, 100].map(mostLinkSockets)).toEqual([50, 768, 64_512, 20])
    expect(mostLinkSockets(undefined)).toBe(Number.POSITIVE_INFINITY)
    const limits =
      'Max file locks            unlimited            unlimited            locks\nMax open files            1024                 524288               files\n'
    expect(descriptorLimit(() => limits)).toBe(1024)
    expect(
      descriptorLimit(() => 'Max open files            unlimited            unlimited            files\n'),
    ).toBeUndefined()
  })
})

describe('the error of a system without file descriptors', () => {
  it.each(['EMFILE', 'ENFILE'])('%s has a code of its own, and a hint that raises the limit', code => {
    const thrown = Object.assign(new Error(`${code}: too many open files, open '/srv/fleet/fleet.yml'`), { code })

    expect(problemsOf(thrown)).toMatchObject([
      { code: 'DESCRIPTORS_EXHAUSTED', hint: expect.stringContaining('LimitNOFILE=') },
    ])
    expect(problemsOf(new Error('cannot read', { cause: thrown }))).toMatchObject([{ code: 'DESCRIPTORS_EXHAUSTED' }])
  })
})
