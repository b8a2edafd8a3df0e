import { describe, expect, it } from 'vitest'
import { virtAbsent } from '../../../states/virt/absent.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createLibvirtHost } from '../../fake/fake-libvirt.ts'

const GONE = { name: 'web1', grace: 5 }

describe('virt.absent', () => {
  it('shuts a running one down and undefines it', async () => {
    const { actions, left } = await applyState(
      virtAbsent,
      GONE,
      createLibvirtHost({ state: 'running', inactive: '<domain/>' }),
    )

    expect(actions).toMatchObject([
      { summary: 'shut the domain web1 down, within 5 s' },
      { summary: 'undefine the domain web1' },
    ])
    expect(left).toEqual([])
  })

  it('does nothing where there is none', async () => {
    expect(await planState(virtAbsent, GONE, createLibvirtHost(undefined))).toEqual([])
  })

  it('only undefines one that is off, and only stops one that is defined nowhere', async () => {
    const off = createLibvirtHost({ state: 'shut off', inactive: '<domain/>' })
    const transient = createLibvirtHost({ state: 'running', persistent: false, inactive: '<domain/>' })

    expect(await planState(virtAbsent, GONE, off)).toMatchObject([{ summary: 'undefine the domain web1' }])
    expect((await applyState(virtAbsent, GONE, transient)).left).toEqual([])
  })

  it('says so when libvirt does not answer', async () => {
    const host = createLibvirtHost(undefined, { isDown: true })

    await expect(planState(virtAbsent, GONE, host)).rejects.toMatchObject({
      problems: [{ code: 'LIBVIRT_UNREACHABLE' }],
    })
  })

  it('does nothing when it is applied twice', async () => {
    const host = createLibvirtHost({ state: 'running', inactive: '<domain/>' })
    await applyState(virtAbsent, GONE, host)

    expect((await applyState(virtAbsent, GONE, host)).actions).toEqual([])
  })
})
