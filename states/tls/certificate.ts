import type { Content } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, secretText, text } from '../kinds.ts'
import { type FileLook, lookAtFile, planFile, type WantedFile } from '../lib/file-plan.ts'
import { accountName } from '../name-kinds.ts'
import { type ParamValues, required, withDefault } from '../params.ts'

const PARAMS = {
  cert: required(absolutePath(), 'Path of the certificate, mode 0644.'),
  key: required(absolutePath(), 'Path of its private key, mode 0640.'),
  ca: required(absolutePath(), "Path of the authority's certificate, mode 0644."),
  certificate: required(secretText(), 'Certificate and intermediate certificates, as PEM.'),
  private_key: required(secretText(), 'The private key as PEM.'),
  authority: required(secretText(), "The authority's certificate as PEM."),
  user: withDefault(accountName('user'), 'root', 'Owner of the three files.'),
  group: withDefault(accountName('group'), 'root', 'Group of the three files, which can read the key.'),
}

export const tlsCertificate = defineState({
  name: 'tls.certificate',
  summary:
    'Writes a certificate, its private key and the certificate of its authority to three files. The directories must exist.',
  nameKind: text(),
  params: PARAMS,
  owns: ({ cert }) => `file:${cert}`,
  conflicts({ cert, key, ca }) {
    return new Set([cert, key, ca]).size === 3 ? [] : ['`cert`, `key` and `ca` must be three different paths']
  },
  read(system, params): Promise<readonly FileLook[]> {
    return Promise.all(filesOf(params).map(({ path, content }) => lookAtFile(system, path, content)))
  },
  plan(params, looks) {
    return filesOf(params).flatMap((wanted, index) =>
      planFile(wanted, looks[index] ?? { status: undefined, same: false }),
    )
  },
})

/** The key comes first, so that a daemon never finds a certificate without its key. Pure. */
function filesOf(params: ParamValues<typeof PARAMS>): readonly WantedFile[] {
  const { user, group } = params
  const file = (path: string, content: Content, mode: string): WantedFile => {
    return { path, content, mode, user, group, showDiff: false }
  }
  return [
    file(params.key, params.private_key, '0640'),
    file(params.cert, params.certificate, '0644'),
    file(params.ca, params.authority, '0644'),
  ]
}
