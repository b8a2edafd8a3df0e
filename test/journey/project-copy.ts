import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { filesBelow, PROJECT } from '../house/source-files.ts'

/** Copies the project, as a git repository without a commit, into a new temporary directory. The copy shares the npm packages. */
export function copyProject(): string {
  const copy = copyFiles()
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/**
 * Copies the project with npm packages of its own, so that a script may install others there. Of its tests only those that are
 * named run, by project of vitest; the others stay, since lint looks at all files.
 */
export function copyProjectToTest(tests: { readonly [project: string]: string }): string {
  const copy = copyFiles()
  const [from, to] = [join(PROJECT, 'node_modules'), join(copy, 'node_modules')]
  try {
    // Hard links: npm replaces files and never writes into one.
    execFileSync('cp', ['--archive', '--link', from, to], { stdio: 'ignore' })
  } catch {
    execFileSync('cp', ['--archive', from, to])
  }
  const projects = Object.entries(tests).map(([name, file]) => ({
    test: { name, include: [file], testTimeout: 120_000, hookTimeout: 120_000 },
  }))
  writeFileSync(join(copy, 'vitest.config.ts'), `export default ${JSON.stringify({ test: { projects } }, null, 2)}\n`)
  execFileSync('node_modules/.bin/biome', ['format', '--vcs-enabled=false', '--write', 'vitest.config.ts'], {
    cwd: copy,
    stdio: 'ignore',
  })
  return copy
}

function copyFiles(): string {
  const copy = mkdtempSync(join(tmpdir(), 'saltern-copy-'))
  for (const path of filesBelow(['.'], '').filter(path => path !== '')) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    copyFileSync(join(PROJECT, path), join(copy, path))
  }
  // The house tests and the linters ask git for the files of the project.
  execFileSync('git', ['init', '-q'], { cwd: copy })
  return copy
}
