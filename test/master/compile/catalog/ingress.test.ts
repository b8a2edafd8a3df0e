import { expect, it } from 'vitest'
import { compileScene, problemLines } from '../compile-scene.ts'

/** Compiles what the included role `wall` sees of the role `app`. */
function ingress(role: string, pillar = {}): unknown {
  const compiled = compileScene({
    roles: {
      'app/role.yml': `summary: an app\ninclude: [wall]\npillar:\n  app.clients: {type: [text], default: []}\n${role}`,
      'app/states.yml': '',
      'wall/role.yml': 'summary: a wall\n',
      'wall/states.yml': '/etc/wall:\n  file.managed: {contents: "{{json minion.ingress}}"}\n',
    },
    pillar,
  })
  expect(problemLines(compiled)).toEqual(['(no problem)'])
  return compiled.ok ? JSON.parse(compiled.catalog.states[0]?.params['contents'] as string) : undefined
}

function problems(role: string): readonly string[] {
  return problemLines(compileScene({ roles: { 'app/role.yml': `summary: an app\n${role}`, 'app/states.yml': '' } }))
}

const NOBODY = { from4: [], from6: [], interfaces: [] }

it('ingress opens contract ports to everyone or to the level, including those of included roles', () => {
  expect(ingress('contract: {ports: {public: [443/tcp], internal: [6000-6010/udp]}}\n')).toEqual([
    { role: 'app', name: '443/tcp', who: 'anybody', proto: 'tcp', ports: '443', ...NOBODY },
    { role: 'app', name: '6000-6010/udp', who: 'level', proto: 'udp', ports: '6000-6010', ...NOBODY },
  ])
})

it('ingress opens optional ports only when an `ingress` entry names them', () => {
  const role = 'contract: {ports: {optional: [4789/udp]}}\n'

  expect(ingress(role)).toEqual([])
  expect(ingress(`${role}ingress: {vxlan: {ports: [4789/udp], interfaces: [wg0]}}\n`)).toEqual([
    {
      role: 'app',
      name: 'vxlan',
      who: 'named',
      proto: 'udp',
      ports: '4789',
      from4: [],
      from6: [],
      interfaces: ['wg0'],
    },
  ])
})

it('an `ingress` entry narrows a port to addresses of both families and to interfaces', () => {
  const role = `contract: {ports: {internal: [6379/tcp, 80/tcp]}}
ingress:
  redis: {ports: [6379/tcp], from: "{{pillar.app.clients}}"}
  mesh: {protocols: [gre], interfaces: [wg0]}
`
  const clients = ['10.0.0.9', '2001:db8::/64', '10.0.0.8']

  expect(ingress(role, { app: { clients } })).toEqual([
    { role: 'app', name: '80/tcp', who: 'level', proto: 'tcp', ports: '80', ...NOBODY },
    {
      role: 'app',
      name: 'redis',
      who: 'named',
      proto: 'tcp',
      ports: '6379',
      from4: ['10.0.0.8', '10.0.0.9'],
      from6: ['2001:db8::/64'],
      interfaces: [],
    },
    { role: 'app', name: 'mesh', who: 'named', proto: 'gre', ports: '', ...NOBODY, interfaces: ['wg0'] },
  ])
})

it('a role that includes another cannot widen a port that the other narrows', () => {
  const compiled = compileScene({
    roles: {
      'app/role.yml': 'summary: an app\ninclude: [wall, store]\ncontract: {ports: {internal: [6379/tcp]}}\n',
      'app/states.yml': '',
      'store/role.yml':
        'summary: a store\ncontract: {ports: {internal: [6379/tcp]}}\ningress: {clients: {ports: [6379/tcp], from: [10.0.0.9]}}\n',
      'store/states.yml': '',
      'wall/role.yml': 'summary: a wall\n',
      'wall/states.yml': '/etc/wall:\n  file.managed: {contents: "{{json (pluck minion.ingress \'who\')}}"}\n',
    },
  })

  expect(compiled.ok && compiled.catalog.states[0]?.params['contents']).toBe('["named"]')
})

it('ingress opens nothing for an empty list or a false `when`', () => {
  const role = (more: string): string => `contract: {ports: {internal: [6379/tcp]}}
ingress:
  redis: {ports: [6379/tcp], ${more}}
`
  expect(ingress(role('from: "{{pillar.app.clients}}"'))).toEqual([])
  expect(ingress(role('from: 10.0.0.1, when: "{{eq minion.level \'production\'}}"'))).toEqual([])
})

it('an `ingress` entry must name a port of the contract, a source, and valid addresses', () => {
  expect(problems('ingress: {redis: {ports: [6379/tcp], from: 10.0.0.1}}\n')[0]).toContain(
    'the contract of the role does not name the port 6379/tcp | Name it there: `contract: {ports: {internal: [6379/tcp]}}`',
  )
  expect(problems('ingress: {mesh: {protocols: [gre]}}\n')[0]).toContain('needs `from` or `interfaces`')
  expect(problems('ingress: {mesh: {protocols: [grr], interfaces: wg0}}\n')[0]).toContain('a protocol is one of gre')
  expect(problems('ingress: {mesh: {interfaces: wg0}}\n')[0]).toContain('needs `ports` or `protocols`')
  expect(problems('ingress: {mesh: {protocols: gre, from: everybody}}\n')[0]).toContain(
    'each must be an address or network, got "everybody"',
  )
  expect(problems('ingress: {mesh: {protocols: gre, form: 10.0.0.1}}\n')[0]).toContain('Did you mean `from`?')
})
