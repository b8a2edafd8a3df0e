import { expect, it } from 'vitest'
import { parseMounts } from '../../../minion/system/mounts.ts'

const MOUNTINFO = String.raw`21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 21 0:35 / /srv/nas\040one rw,relatime shared:20 - nfs4 nas:/one rw,vers=4.2
41 21 0:36 / /net rw,relatime - autofs systemd-1 rw,fd=42
42 21 0:37 / /home/ann rw,nosuid - fuse.sshfs ann@web1: rw
43 21 0:38 / /data rw - nfs4 nas:/data rw
44 43 254:1 / /data rw master:5 shared:2 - xfs /dev/vdb rw
`

it('a mount is local when its file system needs neither another machine nor a program', () => {
  expect(parseMounts(MOUNTINFO)).toEqual(
    new Map([
      ['/', true],
      ['/srv/nas one', false],
      ['/net', false],
      ['/home/ann', false],
      ['/data', true],
    ]),
  )
})
