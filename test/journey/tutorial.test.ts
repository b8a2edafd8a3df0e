import { afterAll, expect, it } from 'vitest'
import { freePort, PageShell, shellBlocks } from './shell-page.ts'

const shell = new PageShell()
const port = await freePort()
afterAll(() => shell.close())

// Each block builds on those before it: together they are one test.
it('every command in docs/tutorial.md works from first to last and prints the output that the page shows', async () => {
  const blocks = shellBlocks('tutorial.md')
  expect(blocks.length).toBeGreaterThan(15)
  for (const { commands, exit, output } of blocks) {
    const typed = await shell.type(commands.replaceAll('127.0.0.1:7443', `127.0.0.1:${port}`))
    // An announced failure is the exit code of the block's last command.
    const failed = exit === 0 ? typed.failed : []
    const why = typed.exit === exit && failed.length === 0 ? '' : typed.err
    expect({ commands, exit: typed.exit, failed, why }).toEqual({ commands, exit, failed: [], why: '' })
    if (output === undefined) continue
    const shown = typed.out.trim() === '' ? typed.err : typed.out
    expect(shell.lasting(shown)).toEqual(shell.lasting(output))
  }
}, 300_000)
