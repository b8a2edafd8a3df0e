import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { JobDetail } from '../../master/verbs/jobs.ts'
import { Scene } from './scene.ts'

const scene = new Scene()

beforeAll(async () => {
  await scene.makeFleet({
    'roles/hub/role.yml': `summary: publishes where it is
exports:
  endpoint: {type: endpoint, value: "{{grains.ip4}}:4000"}
certificates:
  web:
    common_name: "{{minion.id}}"
    alt_names: ["DNS:{{minion.id}}", "IP:{{grains.ip4}}"]
    days: 90
`,
    'roles/hub/states.yml': `web:
  tls.certificate:
    cert: ${scene.out}/hub.crt
    key: ${scene.out}/hub.key
    ca: ${scene.out}/ca.crt
    certificate: "{{certificates.web.certificate}}"
    private_key: "{{certificates.web.key}}"
    authority: "{{certificates.web.ca}}"
    ${scene.owner.replace(', ', '\n    ')}
`,
    'roles/spoke/role.yml': 'summary: finds the hub by its export\n',
    'roles/spoke/states.yml': `${scene.out}/{{minion.id}}.hub:
  file.managed:
    contents: "{{export 'hub' 'endpoint'}}\\n"
    ${scene.owner.replace(', ', '\n    ')}
`,
    'inventory.yml': `a-spoke: {roles: [spoke], level: staging}
z-hub: {roles: [hub], level: staging, ip4: 10.1.2.3}
far: {roles: [spoke], level: production}
`,
  })
  await scene.startMaster()
  for (const id of ['a-spoke', 'z-hub']) await scene.join(id)
})
afterAll(() => scene.close())

it('an export reaches its readers of the same level in one apply, producers first', async () => {
  const applied = JSON.parse(await scene.must(['--json', 'apply', '*'])) as ApplyResult
  const { runs } = JSON.parse(await scene.must(['--json', 'jobs', applied.job])) as JobDetail

  expect(readFileSync(join(scene.out, 'a-spoke.hub'), 'utf8')).toContain('10.1.2.3:4000')
  expect(runs.map(({ minion, wave }) => `${minion} ${wave}`)).toEqual(['z-hub 0', 'a-spoke 1'])
  const [hub, spoke] = runs
  expect(Date.parse(spoke?.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(hub?.finishedAt ?? ''))
})

it('a host certificate is issued for its names by the fleet authority and is kept until its renewal is due', async () => {
  const certificate = readFileSync(join(scene.out, 'hub.crt'), 'utf8')
  const x509 = new X509Certificate(certificate)
  const ca = new X509Certificate(readFileSync(join(scene.out, 'ca.crt')))
  await scene.kill('master', 'SIGTERM')
  await scene.startMaster()
  await scene.here('z-hub')
  const again = await scene.run(['apply', 'z-hub'])

  expect(x509.verify(ca.publicKey)).toBe(true)
  expect(x509.subjectAltName).toBe('DNS:z-hub, IP Address:10.1.2.3')
  expect(readFileSync(join(scene.out, 'hub.key'), 'utf8')).toContain('PRIVATE KEY')
  expect(again.out).toContain('0 changed, 1 unchanged')
  expect(readFileSync(join(scene.out, 'hub.crt'), 'utf8')).toBe(certificate)
})
