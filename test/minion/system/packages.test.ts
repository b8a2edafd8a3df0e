import { expect, it } from 'vitest'
import { installPackages, reasonsIn, removePackages } from '../../../minion/system/packages.ts'
import { parsePackages } from '../../../minion/system/parse-status.ts'
import type { ProgramResult } from '../../../states/system.ts'

const OK: ProgramResult = { exitCode: 0, stdout: '', stderr: '' }
const action = (name: string) => ({ do: 'install-packages', packages: [{ name }], refresh: false }) as const

/** A host whose apt-get gives these answers in turn; records what was run and how often it waited. */
function host(answers: ProgramResult[]): {
  readonly tools: Parameters<typeof installPackages>[0]
  readonly ran: (readonly string[])[]
  readonly waits: () => number
} {
  const ran: (readonly string[])[] = []
  let waits = 0
  return {
    ran,
    waits: () => waits,
    tools: {
      run: argv => {
        ran.push(argv)
        return Promise.resolve(argv.includes('install') ? (answers.shift() ?? OK) : OK)
      },
      wait: () => {
        waits += 1
        return Promise.resolve()
      },
    },
  }
}

it('installed packages are known by name and by name with architecture', () => {
  const known = parsePackages(
    [
      'libc6\tinstalled\t2.36\ti386',
      'dpkg\tinstalled\t1.21\tamd64',
      'libc6\tinstalled\t2.37\tamd64',
      'less\tinstalled\t590\tamd64',
      'adduser\tinstalled\t3.1\tall',
      'wine32\tinstalled\t8\ti386',
      'gone\tnot-installed\t\tamd64',
    ].join('\n'),
  )

  expect(known.get('libc6')?.version).toBe('2.37')
  expect(known.get('libc6:amd64')?.version).toBe('2.37')
  expect(known.get('libc6:i386')?.version).toBe('2.36')
  expect(known.get('less:amd64')?.status).toBe('installed')
  expect(known.get('less:i386')).toBeUndefined()
  expect(known.get('adduser:amd64')?.version).toBe('3.1')
  expect(known.get('wine32')?.version).toBe('8')
  expect(known.has('gone')).toBe(false)
})

it('package installation waits for the locks before each command and retries when another program was first', async () => {
  const locked = {
    exitCode: 100,
    stdout: '',
    stderr: 'E: Could not get lock /var/cache/apt/archives/lock. It is held by process 9',
  }
  const { tools, ran, waits } = host([locked, OK])

  await installPackages(tools, action('cmatrix'))

  expect(ran.filter(argv => argv.includes('install'))).toHaveLength(2)
  expect(waits()).toBe(ran.length)
})

it('a failed package script is reported with its stdout', async () => {
  const stdout = [
    'Reading package lists...',
    'Get:1 file:/repo ./ broken-test 1.0 [700 B]',
    'Selecting previously unselected package broken-test.',
    'Unpacking broken-test (1.0) ...',
    'Setting up broken-test (1.0) ...',
    'cannot reach license server',
    'Errors were encountered while processing:',
    ' broken-test',
  ].join('\r\n')
  const stderr =
    'dpkg: error processing package broken-test (--configure):\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n'
  const { tools } = host([{ exitCode: 100, stdout, stderr }])

  await expect(installPackages(tools, action('broken-test'))).rejects.toMatchObject({
    problems: [
      {
        code: 'PACKAGE_FAILED',
        message: `could not install broken-test (exit 100):\ncannot reach license server\nErrors were encountered while processing:\n broken-test\n${stderr.trim()}`,
      },
    ],
  })
})

it('a virtual package that cannot be installed is reported with the list of its providers', async () => {
  const stdout =
    'Reading package lists...\nPackage awk is a virtual package provided by:\n  mawk 1.3.4\n  gawk 1:5.2.1\nYou should explicitly select one to install.\n\n'
  const { tools } = host([{ exitCode: 100, stdout, stderr: "E: Package 'awk' has no installation candidate\n" }])

  await expect(installPackages(tools, action('awk'))).rejects.toMatchObject({
    problems: [
      {
        message: expect.stringContaining('  mawk 1.3.4\n  gawk 1:5.2.1\n'),
        hint: 'Name one of the packages that provide it.',
      },
    ],
  })
  expect(reasonsIn('The following NEW packages will be installed:\n  awk\n')).toBe('')
})

it('unmet package dependencies are all reported', () => {
  const reason =
    'The following packages have unmet dependencies:\n foo : Depends: libbar (>= 2) but 1 is to be installed\n       Depends: libbaz but it is not installable\n'

  expect(reasonsIn(`Reading package lists...\n${reason}`)).toBe(reason)
})

it('a package is not removed when apt would also remove one that a state installs', async () => {
  const simulated =
    'Reading package lists...\nRemv nginx [1.22.1-9]\nRemv libnginx-mod:i386 [1.22]\nRemv libgd3 [2.3]\nRemv nginx-common [1.22.1-9]\n'
  const ran: (readonly string[])[] = []
  const tools: Parameters<typeof installPackages>[0] = {
    run: argv => {
      ran.push(argv)
      return Promise.resolve({
        ...OK,
        stdout: argv.includes('--simulate') ? simulated : argv[0] === 'dpkg' && argv[1] !== '--audit' ? 'amd64\n' : '',
      })
    },
    wait: () => Promise.resolve(),
  }
  const removal = { do: 'remove-packages', names: ['nginx-common'], purge: false } as const

  await expect(
    removePackages(tools, removal, new Set(['nginx:amd64', 'libnginx-mod:i386', 'libgd3:i386', 'curl'])),
  ).rejects.toThrow('apt would also remove `nginx`, `libnginx-mod:i386`, which a state of this host installs')
  expect(ran.filter(argv => argv.includes('remove') && !argv.includes('--simulate'))).toEqual([])

  await removePackages(tools, removal, new Set(['curl', 'nginx-common:amd64', 'libgd3:i386']))
  expect(ran.at(-1)).toEqual(expect.arrayContaining(['remove', 'nginx-common']))
  expect(ran.at(-1)).not.toContain('--simulate')
})
