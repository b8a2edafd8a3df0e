import { execFileSync } from 'node:child_process'

/**
 * Switches a terminal to raw mode, so that keys and output pass through unchanged. Node's own raw mode still translates line
 * feeds in output, which breaks full-screen programs. Returns a function that restores the terminal.
 */
export function makeRaw(input: NodeJS.ReadStream): () => void {
  const wasRaw = input.isRaw === true
  input.setRawMode(true)
  const { fd } = input as NodeJS.ReadStream & { readonly fd?: number }
  if (input.isTTY === true && fd !== undefined) withoutPostProcessing(fd)
  return () => {
    // Even if it was raw before: only a change of mode resets all settings.
    input.setRawMode(false)
    if (wasRaw) input.setRawMode(true)
  }
}

function withoutPostProcessing(fd: number): void {
  try {
    execFileSync('stty', ['-opost'], { stdio: [fd, 'ignore', 'ignore'], timeout: 5000 })
  } catch {
    // Without stty, only line-based output is shown correctly.
  }
}
