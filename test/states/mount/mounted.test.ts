import { describe, expect, it } from 'vitest'
import { mountMounted } from '../../../states/mount/mounted.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const FSTAB = '/etc/fstab'
const SRV = { name: '/srv/git', device: 'UUID=0f-1', fstype: 'ext4', opts: ['noatime', 'nodev'], pass_num: 2 }
const LINE = 'UUID=0f-1 /srv/git ext4 noatime,nodev 0 2\n'
const OTHERS = '# /etc/fstab\nUUID=root / ext4 errors=remount-ro 0 1\n'

/** Links that udev creates for a logical volume. */
const LINKS: { readonly [path: string]: string } = { '/dev/mapper/vg-data': '/dev/dm-0', '/dev/vg/data': '/dev/dm-0' }

type Row = { readonly [column: string]: string }

function row(columns: Row): string {
  return JSON.stringify({ filesystems: [{ fsroot: '/', 'maj:min': '8:17', options: 'rw,nodev', ...columns }] })
}

function hostWith(fstab: string, mounted: string | undefined, path?: FakeEntry, more: Row = {}): FakeSystem {
  let live = mounted
  return createFakeSystem({
    files: { [FSTAB]: { content: fstab }, '/srv': { directory: true }, '/srv/git': path },
    query(argv) {
      if (argv[0] === 'findfs') return '/dev/sdb1\n'
      if (argv[0] === 'readlink') return LINKS[argv.at(-1) ?? ''] ?? argv.at(-1)
      if (argv[0] !== 'findmnt') return undefined
      if (argv.includes('--target')) return row({ target: '/', 'maj:min': '254:0' })
      return live === undefined ? { exitCode: 1, stdout: '', stderr: '' } : row({ source: live, ...more })
    },
    run({ argv }) {
      if (argv.join(' ') === 'mount /srv/git') live = '/dev/sdb1'
      return argv[0] === 'mount'
    },
  })
}

it('mount.mounted creates the directory, writes the fstab line and mounts', async () => {
  const { actions, left } = await applyState(mountMounted, SRV, hostWith(OTHERS, undefined))

  expect(actions).toMatchObject([
    { do: 'make-directory', path: '/srv/git' },
    { do: 'write-file', path: FSTAB, content: OTHERS + LINE },
    { do: 'daemon-reload' },
    { do: 'run', argv: ['mount', '/srv/git'] },
  ])
  expect(left).toEqual([])
})

it('mount.mounted leaves a correct mount unchanged, whatever the spacing of its fstab line', async () => {
  const fstab = `${OTHERS}UUID=0f-1\t/srv/git   ext4 noatime,nodev 0\t2\n`

  expect(await planState(mountMounted, SRV, hostWith(fstab, '/dev/sdb1', { directory: true }))).toEqual([])
})

it('mount.mounted mounts an unmounted filesystem and remounts one with wrong options', async () => {
  const unmounted = hostWith(OTHERS + LINE, undefined, { directory: true })
  const drifted = hostWith(`${LINE.replace(',nodev', '')}${OTHERS}`, '/dev/sdb1', { directory: true })

  expect(await planState(mountMounted, SRV, unmounted)).toMatchObject([{ do: 'run', argv: ['mount', '/srv/git'] }])
  expect(await planState(mountMounted, SRV, drifted)).toMatchObject([
    { do: 'write-file', content: LINE + OTHERS },
    { do: 'daemon-reload' },
    { do: 'run', argv: ['mount', '-o', 'remount', '/srv/git'] },
  ])
})

it('mount.mounted refuses a file at its path and another filesystem mounted there', async () => {
  await expect(planState(mountMounted, SRV, hostWith(OTHERS, undefined, { content: '' }))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
  const taken = hostWith(OTHERS, '/dev/sdc1', { directory: true })
  await expect(planState(mountMounted, SRV, taken)).rejects.toMatchObject({ problems: [{ code: 'MOUNT_TAKEN' }] })
})

it('mount.mounted does nothing when it is applied twice', async () => {
  const host = hostWith(OTHERS, undefined)

  await applyState(mountMounted, SRV, host)

  expect((await applyState(mountMounted, SRV, host)).actions).toEqual([])
})

it('mount.mounted keeps one fstab line per mount point and escapes spaces as in fstab(5)', async () => {
  const fstab = `LABEL=a /srv/git ext4 defaults 0 0\nLABEL=b /srv/git ext4 defaults 0 0\n/dev/x /mnt/a\\040b ext4\n`
  const host = hostWith(fstab, '/dev/sdb1', { directory: true })

  expect(await planState(mountMounted, SRV, host)).toMatchObject([
    { content: `${LINE}/dev/x /mnt/a\\040b ext4\n` },
    { do: 'daemon-reload' },
    { do: 'run' },
  ])
})

describe('mount.mounted of what has several names', () => {
  const mounted = (params: object, source: string, more: Row = {}) => {
    const { device, fstype, opts } = { ...SRV, ...params }
    const host = hostWith(
      `${String(device).replaceAll(' ', '\\040')} /srv/git ${fstype} ${opts.join(',')} 0 2\n`,
      source,
      { directory: true },
      more,
    )
    return planState(mountMounted, { ...SRV, ...params }, host)
  }

  it.each([
    ['/dev/mapper/vg-data', '/dev/mapper/vg-data'],
    ['/dev/mapper/vg-data', '/dev/dm-0'],
    ['/dev/dm-0', '/dev/mapper/vg-data'],
    ['/dev/vg/data', '/dev/mapper/vg-data'],
  ])('mount.mounted leaves the device %s unchanged when the kernel calls it %s', async (device, source) => {
    expect(await mounted({ device }, source)).toEqual([])
  })

  it('mount.mounted leaves a btrfs subvolume unchanged and refuses another one mounted in its place', async () => {
    const home = { device: '/dev/sdb1', fstype: 'btrfs', opts: ['subvol=@home', 'nodev'] }

    expect(await mounted(home, '/dev/sdb1', { fsroot: '/@home' })).toEqual([])
    await expect(mounted(home, '/dev/sdb1', { fsroot: '/@other' })).rejects.toMatchObject({
      problems: [{ code: 'MOUNT_TAKEN', message: expect.stringContaining('/dev/sdb1[/@other]') }],
    })
  })

  it('mount.mounted refuses a bind-mounted directory of the same disk and an unnamed btrfs subvolume', async () => {
    for (const params of [{ device: '/dev/sdb1' }, { device: '/dev/sdb1', fstype: 'btrfs' }]) {
      await expect(mounted(params, '/dev/sdb1', { fsroot: '/old' })).rejects.toMatchObject({
        problems: [{ code: 'MOUNT_TAKEN', message: expect.stringContaining('/dev/sdb1[/old]') }],
      })
    }
  })

  it('mount.mounted does not remount a filesystem writable that the kernel made read-only', async () => {
    const data = { device: '/dev/sdb1', opts: ['rw', 'nodev'] }

    expect(await mounted(data, '/dev/sdb1', { options: 'ro,nodev' })).toEqual([])
  })

  it('mount.mounted leaves a correct bind mount unchanged and refuses one of another directory or filesystem', async () => {
    const bind = { device: '/srv/other2', fstype: 'none', opts: ['bind'] }

    expect(await mounted(bind, '/dev/vda1', { fsroot: '/srv/other2', 'maj:min': '254:0' })).toEqual([])
    for (const more of [
      { fsroot: '/srv/other', 'maj:min': '254:0' },
      { fsroot: '/srv/other2', 'maj:min': '8:1' },
    ]) {
      await expect(mounted(bind, '/dev/vda1', more)).rejects.toMatchObject({ problems: [{ code: 'MOUNT_TAKEN' }] })
    }
  })

  it('mount.mounted remounts a bind mount with wrong options as a bind mount', async () => {
    const bind = { device: '/srv/other2', fstype: 'none', opts: ['bind', 'ro'] }
    const place = { fsroot: '/srv/other2', 'maj:min': '254:0' }

    expect(await mounted(bind, '/dev/vda1', { ...place, options: 'ro,relatime' })).toEqual([])
    expect(await mounted(bind, '/dev/vda1', { ...place, options: 'rw,relatime' })).toMatchObject([
      { argv: ['mount', '-o', 'remount,bind,ro', '/srv/git'] },
    ])
  })

  it('mount.mounted accepts a device with a space in its name and escapes it as in fstab(5)', async () => {
    const share = { device: '//nas/my share', fstype: 'cifs', opts: ['nodev'] }

    expect(await mounted(share, '//nas/my share')).toEqual([])
    expect(
      await planState(mountMounted, { ...SRV, ...share }, hostWith('', undefined, { directory: true })),
    ).toMatchObject([
      { content: '//nas/my\\040share /srv/git cifs nodev 0 2\n' },
      { do: 'daemon-reload' },
      { do: 'run' },
    ])
  })
})
