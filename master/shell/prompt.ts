import { cut, type Style, safe } from '../cli/render/style.ts'

/** A target may contain a long list of ids. */
const LONGEST_TARGET = 60

/** Returns the prompt: fleet, target, and the exit code of the last verb unless it was 0. Pure. */
export function promptText(
  { fleet, target, code }: { readonly fleet: string; readonly target: readonly string[]; readonly code: number },
  { colours }: Style,
): string {
  const parts = [colours.bold(safe(fleet))]
  if (target.length > 0) parts.push(colours.cyan(cut(safe(target.join(' ')), LONGEST_TARGET)))
  if (code !== 0) parts.push(colours.red(`[${code}]`))
  return `${parts.join(' ')}> `
}
