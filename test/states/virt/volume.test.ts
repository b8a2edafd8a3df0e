import { expect, it } from 'vitest'
import { virtVolume } from '../../../states/virt/volume.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import type { FakeEntry } from '../../fake/fake-files.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const PATH = '/images/web1.qcow2'
const DISK = { name: PATH, size_gb: 4 }
const RAW = { ...DISK, format: 'raw' }
const GIB = 1024 ** 3

/** A host whose qemu-img knows at most one image. */
function hostWith(
  bytes: number | undefined,
  entry: FakeEntry | undefined = bytes === undefined ? undefined : { content: 'image' },
): FakeSystem {
  let size = bytes
  return createFakeSystem({
    files: { [PATH]: entry },
    query: ([program, verb]) =>
      program === 'qemu-img' && verb === 'info'
        ? size === undefined
          ? { exitCode: 1, stdout: '', stderr: 'qemu-img: not an image\n' }
          : JSON.stringify({ 'virtual-size': size, format: 'qcow2' })
        : undefined,
    run({ argv }, fake) {
      size = Number(argv.at(-1)?.replace('G', '')) * GIB
      fake.setFile(PATH, { content: 'image' })
      return argv[0] === 'qemu-img'
    },
  })
}

it('virt.volume creates a missing image, optionally on top of a backing file', async () => {
  const { actions, left } = await applyState(
    virtVolume,
    { ...DISK, backing: '/base/debian.qcow2' },
    hostWith(undefined),
  )

  expect(actions).toMatchObject([
    { argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', '/base/debian.qcow2', '-F', 'qcow2', PATH, '4G'] },
  ])
  expect(left).toEqual([])
  expect(() => bindState(virtVolume, { ...DISK, format: 'raw', backing: '/base/x' })).toThrow('`backing` needs')
})

it('virt.volume leaves a correct image unchanged', async () => {
  expect(await planState(virtVolume, DISK, hostWith(4 * GIB))).toEqual([])
})

it('virt.volume enlarges an image that is too small', async () => {
  const { actions, left } = await applyState(virtVolume, DISK, hostWith(2 * GIB))

  expect(actions).toMatchObject([{ argv: ['qemu-img', 'resize', '-q', '-f', 'qcow2', PATH, '4G'] }])
  expect(left).toEqual([])
})

it('virt.volume refuses to shrink an image, another format, an invalid image and a directory', async () => {
  const refused = async (host: FakeSystem, params = DISK) => {
    return planState(virtVolume, params, host).then(
      () => 'not refused',
      (error: { readonly problems: readonly { readonly code: string }[] }) =>
        error.problems.map(({ code }) => code).join(),
    )
  }

  expect(await refused(hostWith(8 * GIB))).toBe('VOLUME_UNFIT')
  expect(await refused(hostWith(4 * GIB), RAW)).toBe('VOLUME_UNFIT')
  expect(await refused(hostWith(undefined, { content: 'text' }))).toBe('VOLUME_UNFIT')
  expect(await refused(hostWith(undefined, { directory: true }))).toBe('PATH_TAKEN')
})

it('virt.volume does nothing when it is applied twice', async () => {
  const host = hostWith(undefined)
  await applyState(virtVolume, DISK, host)

  expect((await applyState(virtVolume, DISK, host)).actions).toEqual([])
})
