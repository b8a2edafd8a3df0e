import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
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

it('a master with few file descriptors serves operators and minions while outsiders hold all the sockets they can get', async () => {
  for (let at = 0; at < 2 * DESCRIPTORS; at++) hold(at)
  await until('the flood is there', () => sockets.size > DESCRIPTORS)

  for (let round = 0; round < 3; round++) {
    const said = await Promise.all([scene.run(['status']), scene.run(['ping', 'one']), scene.run(['apply', 'one'])])
    expect(said.filter(({ code }) => code !== 0)).toEqual([])
  }
  expect(scene.log('master')).not.toMatch(/EMFILE|INTERNAL/)
})

it('minion sockets can use all file descriptors except a reserve of a quarter, from 80 to 1,024', () => {
  expect([130, 1024, 65_536, 100].map(mostLinkSockets)).toEqual([50, 768, 64_512, 20])
  expect(mostLinkSockets(undefined)).toBe(Number.POSITIVE_INFINITY)
  const limits =
    'Max file locks            unlimited            unlimited            locks\nMax open files            1024                 524288               files\n'
  expect(descriptorLimit(() => limits)).toBe(1024)
  expect(
    descriptorLimit(() => 'Max open files            unlimited            unlimited            files\n'),
  ).toBeUndefined()
})

it.each(['EMFILE', 'ENFILE'])('%s has its own error code, and its hint says how to raise the limit', code => {
  const thrown = Object.assign(new Error(`${code}: too many open files, open '/srv/fleet/fleet.yml'`), { code })

  expect(problemsOf(thrown)).toMatchObject([
    { code: 'DESCRIPTORS_EXHAUSTED', hint: expect.stringContaining('LimitNOFILE=') },
  ])
  expect(problemsOf(new Error('cannot read', { cause: thrown }))).toMatchObject([{ code: 'DESCRIPTORS_EXHAUSTED' }])
})
