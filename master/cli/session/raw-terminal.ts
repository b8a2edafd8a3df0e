import { execFileSync } from 'node:child_process'

/**
 * Gives a terminal to somebody else's program: keys come as they are, and bytes are shown as they are. What node calls raw
 * still turns every line feed into a new line, which breaks the screens of full-screen programs. Returns how to take it back.
 */
export function makeRaw(input: NodeJS.ReadStream): () => void {
  const wasRaw = input.isRaw === true
  input.setRawMode(true)
  const { fd } = input as NodeJS.ReadStream & { readonly fd?: number }
  if (input.isTTY === true && fd !== undefined) withoutPostProcessing(fd)
  return () => {
    // Also when it was raw: only a change of mode puts all settings back.
    input.setRawMode(false)
    if (wasRaw) input.setRawMode(true)
  }
}

function withoutPostProcessing(fd: number): void {
  try {
    execFileSync('stty', ['-opost'], { stdio: [fd, 'ignore', 'ignore'], timeout: 5000 })
  } catch {
    // Without it lines alone are right.
  }
}
