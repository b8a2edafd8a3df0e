import type { Resolver } from 'node:dns/promises'
import type { DnsAnswer, DnsAnswers } from '../contract/input.ts'

/** Concurrent queries; a resolver that does not answer must not be flooded. */
const AT_ONCE = 16

/** Queries DNS for all names and addresses; the caller's resolver sets the timeout. Failed lookups are part of the result. */
export async function lookUp(
  resolver: Pick<Resolver, 'resolve4' | 'resolve6' | 'reverse'>,
  { hostnames, addresses }: { readonly hostnames: readonly string[]; readonly addresses: readonly string[] },
): Promise<DnsAnswers> {
  const forward = await inTurn(hostnames, async name => {
    const [four, six] = await Promise.all([ask(() => resolver.resolve4(name)), ask(() => resolver.resolve6(name))])
    // One address family is enough; a failure counts only when there is no address.
    const found = [four, six].flatMap(answer => (Array.isArray(answer) ? (answer as readonly string[]) : []))
    return found.length > 0 ? found : 'failed' in four ? four : 'failed' in six ? six : found
  })
  const reverse = await inTurn(addresses, address => ask(() => resolver.reverse(address)))
  return { forward, reverse }
}

async function inTurn(
  keys: readonly string[],
  answer: (key: string) => Promise<DnsAnswer>,
): Promise<ReadonlyMap<string, DnsAnswer>> {
  const answers = new Map<string, DnsAnswer>()
  const left = [...keys]
  const work = async (): Promise<void> => {
    for (let key = left.shift(); key !== undefined; key = left.shift()) answers.set(key, await answer(key))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return answers
}

async function ask(question: () => Promise<readonly string[]>): Promise<DnsAnswer> {
  try {
    return await question()
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return code === 'ENOTFOUND' || code === 'ENODATA' ? [] : { failed: code }
  }
}
