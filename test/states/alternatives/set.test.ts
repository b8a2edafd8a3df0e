import { describe, expect, it } from 'vitest'
import { alternativesSet } from '../../../states/alternatives/set.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const VIM = { name: 'editor', path: '/usr/bin/vim.basic' }
const SET = ['update-alternatives', '--set', 'editor', '/usr/bin/vim.basic']

/** A host with nano and vim, where `value` is chosen. */
function hostWith(status: 'auto' | 'manual', value: string): FakeSystem {
  let now = { status, value }
  return createFakeSystem({
    query: argv =>
      argv.join(' ') === 'update-alternatives --query editor'
        ? `Name: editor
Link: /usr/bin/editor
Slaves:
 editor.1.gz /usr/share/man/man1/editor.1.gz
Status: ${now.status}
Best: /bin/nano
Value: ${now.value}

Alternative: /bin/nano
Priority: 40
Slaves:
 editor.1.gz /usr/share/man/man1/nano.1.gz

Alternative: /usr/bin/vim.basic
Priority: 30
`
        : undefined,
    run({ argv }) {
      now = { status: 'manual', value: '/usr/bin/vim.basic' }
      return argv.join(' ') === SET.join(' ')
    },
  })
}

describe('alternatives.set', () => {
  it('alternatives.set chooses a program where the system has chosen another', async () => {
    const { actions, left } = await applyState(alternativesSet, VIM, hostWith('auto', '/bin/nano'))

    expect(actions).toEqual([{ do: 'run', summary: 'choose /usr/bin/vim.basic for editor', argv: SET }])
    expect(left).toEqual([])
  })

  it('alternatives.set does nothing where the program is chosen', async () => {
    expect(await planState(alternativesSet, VIM, hostWith('manual', '/usr/bin/vim.basic'))).toEqual([])
  })

  it('alternatives.set replaces the choice of an administrator', async () => {
    const { left } = await applyState(alternativesSet, VIM, hostWith('manual', '/bin/nano'))

    expect(left).toEqual([])
  })

  it('alternatives.set keeps a program that was chosen automatically, so that no package chooses another', async () => {
    const { actions } = await applyState(alternativesSet, VIM, hostWith('auto', '/usr/bin/vim.basic'))

    expect(actions).toHaveLength(1)
  })

  it('alternatives.set refuses a program that is not registered and names those that are', async () => {
    const emacs = planState(alternativesSet, { ...VIM, path: '/usr/bin/emacs' }, hostWith('auto', '/bin/nano'))

    await expect(emacs).rejects.toMatchObject({
      problems: [
        {
          code: 'PREREQUISITE_MISSING',
          message: '`/usr/bin/emacs` is not registered for `editor`: there are /bin/nano, /usr/bin/vim.basic',
        },
      ],
    })
  })

  it('alternatives.set says that there are no alternatives of a name', async () => {
    const stderr = 'update-alternatives: error: no alternatives for editor\n'
    const host = createFakeSystem({ query: () => ({ exitCode: 2, stdout: '', stderr }) })

    await expect(planState(alternativesSet, VIM, host)).rejects.toMatchObject({
      problems: [{ message: expect.stringContaining('there are no alternatives of that name') }],
    })
  })

  it('alternatives.set does nothing when it is applied twice', async () => {
    const host = hostWith('auto', '/bin/nano')

    await applyState(alternativesSet, VIM, host)

    expect((await applyState(alternativesSet, VIM, host)).actions).toEqual([])
  })
})
