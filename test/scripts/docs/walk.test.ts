import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { PROJECT } from '../../journey/scene.ts'

it('an apply passes at most 90 functions that do something, and docs/contributing/architecture.md lists them: `node scripts/docs/walk.ts` writes it', async () => {
  const script = join(PROJECT, 'scripts/docs/walk.ts')

  const { exitCode, stdout, stderr } = await execa(process.execPath, [script, '--check'], { reject: false })

  expect(stdout).toBe('')
  expect(exitCode, stderr).toBe(0)
})
