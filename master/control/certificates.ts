import type { Problem } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { Secret } from '../../protocol/secret.ts'
import { openText, sealText } from '../certificates/at-rest.ts'
import { isStillGood, issueCertificate } from '../certificates/authority.ts'
import { type CertificateRequest, certificateRequests } from '../compile/catalog/derive.ts'
import type { CompileSubject, IssuedCertificate } from '../compile/catalog/input.ts'
import type { ControlContext } from '../context.ts'
import type { LevelInput } from './snapshot.ts'

export interface Certificates {
  readonly issued: ReadonlyMap<string, IssuedCertificate>
  readonly problems: readonly Problem[]
}

/**
 * Returns the certificates that a minion's roles need. With `issue`, a missing or expiring one is issued and stored before use.
 * Without it, a stand-in replaces a missing one, so that reading changes nothing.
 */
export async function certificatesFor(
  context: ControlContext,
  level: LevelInput,
  subject: CompileSubject,
  { issue }: { readonly issue: boolean },
): Promise<Certificates> {
  const { requests, problems } = certificateRequests(level.shared, subject)
  const issued = new Map<string, IssuedCertificate>()
  for (const request of requests) issued.set(request.name, await certificateOf(context, subject.id, request, issue))
  return { issued, problems }
}

async function certificateOf(
  context: ControlContext,
  minion: MinionId,
  request: CertificateRequest,
  issue: boolean,
): Promise<IssuedCertificate> {
  const { store, keys, now, random } = context
  const { name } = request
  const what = `certificate key ${minion}/${name}`
  const secret = (text: string): Secret<string> => new Secret(text, `certificates.${name}.key`)
  const authority = await context.authority()
  const stored = store.certificates.get(minion, name)
  if (stored !== undefined && (!issue || isStillGood(stored.certificate, authority.certificate, request, now()))) {
    const key = secret(openText(stored.sealedKey, what, keys.atRest))
    return { certificate: stored.certificate, key, ca: authority.certificate }
  }
  if (!issue) {
    return {
      certificate: `(issued when ${minion} is applied)\n`,
      key: secret('(not issued yet)'),
      ca: authority.certificate,
    }
  }
  const { certificate, key, notAfter } = await issueCertificate(authority, request, now())
  store.certificates.save({
    minion,
    name,
    certificate,
    sealedKey: sealText(key, what, keys.atRest, random(12)),
    notAfter,
  })
  return { certificate, key: secret(key), ca: authority.certificate }
}
