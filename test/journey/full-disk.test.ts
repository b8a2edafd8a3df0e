import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReportResult } from '../../master/verbs/jobs.ts'
import { CAN_MOUNT, SmallDisk } from '../../scripts/chaos/small-disk.ts'
import { Scene, until } from './scene.ts'

/** Only root can give a state directory a disk of its own. */
describe.runIf(CAN_MOUNT)('a minion whose state directory is on a full disk', () => {
  let scene: Scene
  let disk: SmallDisk

  beforeEach(async () => {
    scene = new Scene()
    await scene.makeFleet({
      'roles/demo/role.yml': 'summary: one file\n',
      'roles/demo/states.yml': `${scene.out}/file:\n  file.managed: {contents: "content\\n", ${scene.owner}}\n`,
      'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
    })
    disk = SmallDisk.mount(scene.minionState('m1'))
    await scene.startMaster()
    await scene.join('m1')
  })
  afterEach(async () => {
    await scene.kill('minion-m1')
    disk.unmount()
    await scene.close()
  })

  async function restartOnFullDisk(): Promise<void> {
    await scene.kill('minion-m1')
    disk.fill()
    scene.startMinion('m1')
    await scene.here('m1')
  }

  it('a minion with a full state disk reconnects, refuses an apply with DISK_FULL, and applies once there is room', async () => {
    await restartOnFullDisk()
    const refused = await scene.run(['apply', 'm1'])
    const before = scene.log('minion-m1').length
    await scene.kill('master')
    await scene.startMaster()
    await scene.here('m1')
    const refusedAgain = await scene.run(['apply', 'm1'])
    const isThere = existsSync(join(scene.out, 'file'))
    disk.empty()
    const applied = await scene.run(['apply', 'm1'])

    expect(refused.code).toBe(1)
    expect(refused.out + refused.err).toContain('DISK_FULL')
    expect(refusedAgain.out + refusedAgain.err).toContain('DISK_FULL')
    expect(isThere).toBe(false)
    expect(scene.log('minion-m1').slice(before)).toContain('link-ready')
    expect(applied.out).toContain('m1  done')
    expect(applied.code).toBe(0)
    expect(readFileSync(join(scene.out, 'file'), 'utf8')).toBe('content\n')
    expect(scene.log('master')).not.toContain('link-key-used-twice')
  })

  it('a minion with a full state disk reports a dry run', async () => {
    await restartOnFullDisk()
    const tested = await scene.run(['test', 'm1'])

    expect(tested.out).toMatch(/m1 {2}done {2}1 would-change/)
    expect(tested.code).toBe(0)
    expect(existsSync(join(scene.out, 'file'))).toBe(false)
  })

  it('a minion reports a run in which the disk became full exactly once and then continues with the next run', async () => {
    scene.write({
      'roles/demo/states.yml': `hold:
  cmd.run: {cmd: "touch ${scene.out}/begun; while [ ! -e ${scene.out}/gate ]; do sleep 0.1; done", shell: true}
`,
    })
    const applying = scene.begin(['apply', 'm1'])
    await until(
      'the run is in the middle',
      () => existsSync(join(scene.out, 'begun')),
      () => scene.log('minion-m1'),
    )
    disk.fill()
    writeFileSync(join(scene.out, 'gate'), '')
    const { out } = await applying.done
    const { reports } = JSON.parse(await scene.must(['--json', 'report', 'm1'])) as ReportResult
    const tested = await scene.run(['test', 'm1'])
    disk.empty()
    const outbox = join(scene.minionState('m1'), 'outbox')
    const status = await scene.minion('m1', ['status'])
    writeFileSync(join(outbox, 'run-01jd3v0000000000000000000a.refused'), '{}')
    const refused = await scene.minion('m1', ['status'])

    expect(status.out).toMatch(/^reports +none waiting\nrefused +none\nunfinished +none$/m)
    expect(refused.out).toMatch(
      new RegExp(`^refused +1 refused by the master, kept in ${outbox}: run-01jd3v0000000000000000000a$`, 'm'),
    )
    expect(out).toMatch(/m1 {2}(done|failed)/)
    expect(tested.out).toContain('m1  done')
    expect(reports).toMatchObject([{ test: false, results: [{ id: 'hold' }] }])
  })

  it('the message counter of a minion with a full state disk keeps increasing across repeated kills', async () => {
    for (let again = 0; again < 3; again++) await restartOnFullDisk()
    disk.empty()
    await scene.kill('minion-m1')
    scene.startMinion('m1')
    await scene.here('m1')

    expect(scene.log('master')).not.toContain('link-key-used-twice')
  })
})
