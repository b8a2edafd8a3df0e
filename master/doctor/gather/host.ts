import type { Fact } from '../check.ts'
import type { InstallationFacts, UnitFacts } from '../installation.ts'
import { bounded, runProgram } from './bounded.ts'

const PROGRAM_MS = 4000

/** Asks dpkg about the package. */
export function dpkgFacts(): Promise<InstallationFacts['dpkg']> {
  return bounded(PROGRAM_MS, async signal => {
    const { code, out } = await runProgram(
      ['dpkg-query', '--show', '--showformat=${Status}\\t${Version}', 'saltern-master'],
      signal,
    )
    const [status = '', version = ''] = out.split('\t')
    return code !== 0 || version === '' ? undefined : { status, version }
  })
}

/** Asks systemd about the unit of the package. */
export function unitFacts(): Promise<Fact<UnitFacts | undefined>> {
  return bounded(PROGRAM_MS, async signal => {
    const names = ['LoadState', 'ActiveState', 'UnitFileState', 'Result']
    const { code, out, err } = await runProgram(
      ['systemctl', 'show', `--property=${names.join(',')}`, 'saltern-master.service'],
      signal,
    )
    if (code !== 0) throw new Error(`systemctl: ${firstLine(err)}`)
    const values = new Map(
      out.split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    const [load = '', active = '', file = '', result = ''] = names.map(name => values.get(name))
    return load === 'not-found' ? undefined : { load, active, file, result }
  })
}

/** Asks whether the kernel's clock is synchronised, by whatever program. */
export function isSynchronised(): Promise<Fact<boolean>> {
  return bounded(PROGRAM_MS, async signal => {
    const { code, out, err } = await runProgram(
      ['timedatectl', 'show', '--property=NTPSynchronized', '--value'],
      signal,
    )
    if (code !== 0) throw new Error(`timedatectl: ${firstLine(err)}`)
    return out.trim() === 'yes'
  })
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.slice(0, 200) ?? ''
}
