import { expect, it } from 'vitest'
import { wireguardKey } from '../../../states/wireguard/key.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import { FAKE_PUBLIC_KEY } from '../../fake/fake-files.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const PATH = '/etc/wireguard/private.key'

function hostWith(key: FakeEntry | undefined, open: FakeEntry | undefined): FakeSystem {
  return createFakeSystem({
    files: { '/etc/wireguard': { directory: true }, [PATH]: key, [`${PATH}.pub`]: open },
    query(argv, stdin) {
      if (argv.join(' ') !== 'wg pubkey') return undefined
      return stdin.startsWith('private') ? `${FAKE_PUBLIC_KEY}\n` : { exitCode: 1, stdout: '', stderr: 'no key' }
    },
  })
}

const right = { content: `private ${PATH}`, mode: '0600' }
const rightPublic = { content: `${FAKE_PUBLIC_KEY}\n` }

it('wireguard.key creates a missing key and knows its public key', async () => {
  const host = hostWith(undefined, undefined)

  const { actions, left } = await applyState(wireguardKey, { name: PATH }, host)

  expect(actions).toEqual([{ do: 'make-key', path: PATH, mode: '0600', owner: 'root', group: 'root' }])
  expect(left).toEqual([])
})

it('wireguard.key leaves an existing key unchanged', async () => {
  expect(await planState(wireguardKey, { name: PATH }, hostWith(right, rightPublic))).toEqual([])
})

it('wireguard.key rewrites a drifted public key and corrects the mode of the private one', async () => {
  const host = hostWith({ ...right, mode: '0644' }, { content: 'somebody else\n' })

  const { actions, left } = await applyState(wireguardKey, { name: PATH }, host)

  expect(actions).toMatchObject([
    { do: 'set-mode', mode: '0600' },
    { do: 'write-file', path: `${PATH}.pub`, content: `${FAKE_PUBLIC_KEY}\n` },
  ])
  expect(left).toEqual([])
})

it('wireguard.key never replaces an invalid key file or a directory', async () => {
  await expect(
    planState(wireguardKey, { name: PATH }, hostWith({ content: 'rubbish' }, undefined)),
  ).rejects.toMatchObject({ problems: [{ code: 'KEY_INVALID', hint: expect.stringContaining('mv ') }] })
  await expect(planState(wireguardKey, { name: PATH }, hostWith({ directory: true }, undefined))).rejects.toMatchObject(
    {
      problems: [{ code: 'PATH_TAKEN' }],
    },
  )
})

it('wireguard.key reports the public key, and nothing before a key exists', async () => {
  const state = bindState(wireguardKey, { name: PATH })

  expect(await state.reported(hostWith(right, rightPublic))).toBe(FAKE_PUBLIC_KEY)
  expect(await state.reported(hostWith(undefined, undefined))).toBeUndefined()
})

it('wireguard.key does nothing when it is applied twice', async () => {
  const host = hostWith(undefined, undefined)

  await applyState(wireguardKey, { name: PATH }, host)

  expect((await applyState(wireguardKey, { name: PATH }, host)).actions).toEqual([])
  expect(host.performed).toHaveLength(1)
})
