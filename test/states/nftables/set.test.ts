import { expect, it } from 'vitest'
import type { Json } from '../../../protocol/json.ts'
import { elementsOfJson, elementsOfText, writtenElement } from '../../../states/lib/nft-elements.ts'
import { nftablesSet } from '../../../states/nftables/set.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import type { FakeEntry } from '../../fake/fake-files.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const CONFIG = '/etc/nftables.d/guests/mac.nft'
const SET = {
  name: 'bridge guests guest_mac',
  config: CONFIG,
  contents: '# guests\nvm-b . 52:54:00:AA:00:02\n\nvm-a . 52:54:00:aa:00:01,\n',
}
const FILE = `# Written by Saltern.
flush set bridge guests guest_mac
add element bridge guests guest_mac { "vm-a" . 52:54:00:aa:00:01, "vm-b" . 52:54:00:aa:00:02 }
`
const A: Json = { concat: ['vm-a', '52:54:00:aa:00:01'] }
const B: Json = { concat: ['vm-b', '52:54:00:aa:00:02'] }
const C: Json = { concat: ['vm-c', '52:54:00:aa:00:03'] }

function hostWith(first: readonly Json[] | undefined, file: FakeEntry | undefined): FakeSystem {
  let live = first
  return createFakeSystem({
    files: { [CONFIG]: file },
    query(argv) {
      if (argv.join(' ') !== 'nft -j list set bridge guests guest_mac') return undefined
      if (live === undefined) return { exitCode: 1, stdout: '', stderr: 'Error: No such file or directory\n' }
      return JSON.stringify({ nftables: [{ metainfo: {} }, { set: { name: 'guest_mac', elem: live } }] })
    },
    run({ argv, stdin }) {
      live = [A, B]
      return argv.join(' ') === 'nft -f -' && stdin !== undefined
    },
  })
}

it('nftables.set adds elements to an empty set and stores them in the file', async () => {
  const { actions, left } = await applyState(nftablesSet, SET, hostWith([], undefined))

  expect(actions).toMatchObject([
    { stdin: 'add element bridge guests guest_mac { "vm-a" . 52:54:00:aa:00:01, "vm-b" . 52:54:00:aa:00:02 }\n' },
    { do: 'write-file', path: CONFIG, content: FILE },
  ])
  expect(left).toEqual([])
})

it('nftables.set leaves a correct set unchanged, in any order', async () => {
  expect(await planState(nftablesSet, SET, hostWith([B, A], { content: FILE }))).toEqual([])
})

it('nftables.set changes only the elements that drifted, in one transaction', async () => {
  const { actions, left } = await applyState(nftablesSet, SET, hostWith([C, A], { content: FILE }))

  expect(actions).toMatchObject([
    {
      summary: 'change the set bridge guests guest_mac: -vm-c . 52:54:00:aa:00:03, +vm-b . 52:54:00:aa:00:02',
      stdin: `delete element bridge guests guest_mac { "vm-c" . 52:54:00:aa:00:03 }
add element bridge guests guest_mac { "vm-b" . 52:54:00:aa:00:02 }
`,
    },
  ])
  expect(left).toEqual([])
})

it('nftables.set refuses a set missing in the kernel and a directory at its file path', async () => {
  await expect(planState(nftablesSet, SET, hostWith(undefined, undefined))).rejects.toMatchObject({
    problems: [{ code: 'SET_MISSING' }],
  })
  await expect(planState(nftablesSet, SET, hostWith([A, B], { directory: true }))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
})

it('nftables.set does nothing when it is applied twice', async () => {
  const host = hostWith([], undefined)
  await applyState(nftablesSet, SET, host)

  expect((await applyState(nftablesSet, SET, host)).actions).toEqual([])
})

it('equal nftables set elements have equal text, whatever their notation', () => {
  const listed = [
    { concat: ['vm-a', 'fd00:9::1'] },
    { prefix: { addr: '10.0.0.0', len: 8 } },
    { range: [80, 90] },
    { elem: { val: 443, timeout: 5 } },
  ]
  const json = JSON.stringify({ nftables: [{ set: { elem: listed } }] })
  const text = '"vm-a"  .  FD00:9:0:0::1\n10.0.0.0/8 # inside\n80-90\n443\n443\n'

  expect(elementsOfText(text)).toEqual(elementsOfJson(json))
  expect(elementsOfText(text).map(writtenElement)).toEqual(['10.0.0.0/8', '443', '80-90', '"vm-a" . fd00:9::1'])
  expect(elementsOfJson('{"nftables": [{"metainfo": {}}]}')).toBeUndefined()
})
