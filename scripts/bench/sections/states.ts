import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext, Section } from '../bench-context.ts'
import { measureSameWork } from '../same-work.ts'

export const TEMPLATES: Section = {
  section: 'templates',
  about:
    'An apply of `n` unchanged files from a template with a fact of the host. Floor: one `sha256sum` of the files.',
  async measure(context) {
    const n = context.sizes.templates
    const names = Array.from({ length: n }, (_, index) => `file-${index}`)
    await measureSameWork(context, {
      section: 'templates',
      n,
      states: n,
      role: (target, owner) => ({
        'states.yml': names
          .map(name => `"${join(target, name)}":\n  file.managed: {source: templates/host.hbs, ${owner}}\n`)
          .join(''),
        'templates/host.hbs': 'host = {{grains.fqdn}}\n',
      }),
      creates: false,
      first: 'changed',
      floor: {
        name: 'sha256sum',
        command: ({ saltern }) => ['sha256sum', ...names.map(name => join(saltern, name))],
      },
      peerWork: { kind: 'templates', count: n },
    })
  },
}

export const PACKAGES: Section = {
  section: 'packages',
  about: 'An apply of `n` packages that are installed. Floor: one `dpkg-query` of them.',
  async measure(context) {
    const names = installedPackages().slice(0, context.sizes.packages)
    if (names.length < context.sizes.packages)
      return context.leaveOut('the section', 'dpkg-query lists too few packages')
    await measureUnchanged(context, 'packages', names, 'pkg.installed', ['dpkg-query', '--show'])
  },
}

export const SERVICES: Section = {
  section: 'services',
  about: 'An apply of `n` services that run and are enabled. Floor: one `systemctl show` of them.',
  async measure(context) {
    // sd_booted(3).
    if (!existsSync('/run/systemd/system')) return context.leaveOut('the section', 'systemd does not run here')
    const names = enabledServices().slice(0, context.sizes.services)
    if (names.length === 0) return context.leaveOut('the section', 'no service is enabled and runs')
    await measureUnchanged(context, 'services', names, 'service.running', ['systemctl', 'show'])
  },
}

async function measureUnchanged(
  context: BenchContext,
  kind: 'packages' | 'services',
  names: readonly string[],
  type: string,
  floor: readonly string[],
): Promise<void> {
  await measureSameWork(context, {
    section: kind,
    n: names.length,
    states: names.length,
    role: () => ({ 'states.yml': names.map(name => `${name}:\n  ${type}: {}\n`).join('') }),
    creates: false,
    first: 'unchanged',
    floor: { name: floor[0] ?? '', command: () => [...floor, ...names] },
    peerWork: { kind, names },
  })
}

/** Without an architecture in the name, so that every program means the same. */
function installedPackages(): readonly string[] {
  const format = '${binary:Package} ${db:Status-Status}\n'
  try {
    const lines = execFileSync('dpkg-query', ['--show', `--showformat=${format}`], { encoding: 'utf8' }).split('\n')
    return lines.flatMap(line => /^(\S+) installed$/.exec(line)?.[1] ?? []).filter(name => !name.includes(':'))
  } catch {
    return []
  }
}

function enabledServices(): readonly string[] {
  const list = (words: readonly string[]): ReadonlySet<string> => {
    const text = execFileSync('systemctl', [...words, '--type=service', '--no-legend', '--plain'], { encoding: 'utf8' })
    return new Set(text.split('\n').flatMap(line => /^([\w.-]+)\.service\s/.exec(line)?.[1] ?? []))
  }
  const running = list(['list-units', '--state=running'])
  return [...list(['list-unit-files', '--state=enabled'])].filter(name => running.has(name))
}
