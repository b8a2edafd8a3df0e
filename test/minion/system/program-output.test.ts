import { spawn } from 'node:child_process'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ProgramOutput } from '../../../minion/system/program-output.ts'

it('the output of a program is complete although this process was busy for longer than the pipe may be silent', async () => {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  try {
    const output = new ProgramOutput(child.stdout)
    // Before the next turn of the event loop, in which timers come before pipes.
    await turn()
    const settled = output.settle()
    child.stdin.write('late\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    await settled

    expect(output.text).toBe('late\n')
  } finally {
    child.kill('SIGKILL')
  }
})
