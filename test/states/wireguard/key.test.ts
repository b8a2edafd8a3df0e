import { describe, expect, it } from 'vitest'
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

describe('wireguard.key', () => {
  it('makes a key where there is none, and knows its public half', async () => {
    const host = hostWith(undefined, undefined)

    const { actions, left } = await applyState(wireguardKey, { name: PATH }, host)

    expect(actions).toEqual([{ do: 'make-key', path: PATH, mode: '0600', owner: 'root', group: 'root' }])
    expect(left).toEqual([])
  })

  it('leaves a key alone that is there', async () => {
    expect(await planState(wireguardKey, { name: PATH }, hostWith(right, rightPublic))).toEqual([])
  })

  it('writes the public half anew when it drifted, and takes the private one back from others', async () => {
    const host = hostWith({ ...right, mode: '0644' }, { content: 'somebody else\n' })

    const { actions, left } = await applyState(wireguardKey, { name: PATH }, host)

    expect(actions).toMatchObject([
      { do: 'set-mode', mode: '0600' },
      { do: 'write-file', path: `${PATH}.pub`, content: `${FAKE_PUBLIC_KEY}\n` },
    ])
    expect(left).toEqual([])
  })

  it('never replaces what is no key, nor a directory', async () => {
    await expect(
      planState(wireguardKey, { name: PATH }, hostWith({ content: 'rubbish' }, undefined)),
    ).rejects.toMatchObject({ problems: [{ code: 'KEY_INVALID', hint: expect.stringContaining('mv ') }] })
    await expect(
      planState(wireguardKey, { name: PATH }, hostWith({ directory: true }, undefined)),
    ).rejects.toMatchObject({
      problems: [{ code: 'PATH_TAKEN' }],
    })
  })

  it('reports the public half, and nothing before there is one', async () => {
    const state = bindState(wireguardKey, { name: PATH })

    expect(await state.reported(hostWith(right, rightPublic))).toBe(FAKE_PUBLIC_KEY)
    expect(await state.reported(hostWith(undefined, undefined))).toBeUndefined()
  })

  it('does nothing when it is applied twice', async () => {
    const host = hostWith(undefined, undefined)

    await applyState(wireguardKey, { name: PATH }, host)

    expect((await applyState(wireguardKey, { name: PATH }, host)).actions).toEqual([])
    expect(host.performed).toHaveLength(1)
  })
})
