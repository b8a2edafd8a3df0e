import { type KeyObject } from 'node:crypto'
import { AppError } from './errors.ts'
import type { ClientHello, ClientProof, MasterCertificate, ServerHello } from './handshake-messages.ts'
import type { MinionId } from './ids.ts'
import { fingerprintOf, keyHash, rawPublicKey, signFor, verifyFor } from './signature.ts'
import { SUPPORTED_VERSIONS } from './version.ts'

/**
 * The pure part of the handshake (docs/threats.md, "Handshake", docs/design.md F2): four messages. The master proves itself
 * first, and every signature covers the TLS exporter (RFC 9266), so that a relay with its own certificate is detected.
 */

/** Everything that both sides have seen before the minion proves itself. */
export interface HandshakeTranscript {
  /** 32 bytes of the TLS exporter `EXPORTER-Channel-Binding`. */
  readonly exporter: Uint8Array
  readonly hello: ClientHello
  readonly answer: Pick<ServerHello, 'version' | 'nonce' | 'certificate'>
}

export interface MinionIdentity {
  readonly id: MinionId
  readonly identityKey: KeyObject
  readonly sealingKey: KeyObject
}

/** What a minion requires of a master. */
export interface MasterExpectation {
  /** SHA-256 of the fleet root's raw key. */
  readonly rootHash: Uint8Array
  readonly lowestEpoch: number
  /** Milliseconds since 1970. */
  readonly now: number
}

export function certifyMaster(
  root: KeyObject,
  facts: Omit<MasterCertificate, 'rootKey' | 'signature'>,
): MasterCertificate {
  const unsigned = { ...facts, rootKey: rawPublicKey(root) }
  return { ...unsigned, signature: signFor('master-certificate', root, certificateFields(unsigned)) }
}

/** Checks that the root named in the certificate signed it. Does not check its validity period. Pure. */
export function isSignedByRoot(certificate: MasterCertificate): boolean {
  return verifyFor('master-certificate', certificate.rootKey, certificateFields(certificate), certificate.signature)
}

/** The best version that both sides support, or undefined. */
export function chooseVersion(offered: readonly number[]): number | undefined {
  return SUPPORTED_VERSIONS.find(version => offered.includes(version))
}

export function signServerHello(masterKey: KeyObject, seen: HandshakeTranscript): ServerHello {
  const signature = signFor('handshake-master', masterKey, transcriptFields(seen))
  return { type: 'server-hello', ...seen.answer, signature }
}

/**
 * Throws MASTER_UNTRUSTED unless the pin of the root, the certificate, its validity, its epoch and the signature over this TLS
 * session are all valid; PROTOCOL_VERSION_UNSUPPORTED when the chosen version was not offered.
 */
export function checkServerHello(
  hello: ClientHello,
  answer: ServerHello,
  exporter: Uint8Array,
  expected: MasterExpectation,
): void {
  const { certificate } = answer
  const refuse = (message: string, hint: string): never => {
    throw new AppError({ code: 'MASTER_UNTRUSTED', message, hint })
  }
  if (!sameBytes(keyHash(certificate.rootKey), expected.rootHash)) {
    refuse(
      `the master belongs to the fleet root \`${fingerprintOf(certificate.rootKey)}\`, expected another`,
      'Check the address, and compare the root with `master status` on the master; then join again with a new token.',
    )
  }
  if (!isSignedByRoot(certificate)) {
    refuse('the certificate of the master is not signed by the fleet root', 'Check that the address is the right one.')
  }
  if (expected.now < certificate.notBefore || expected.now > certificate.notAfter) {
    const from = new Date(certificate.notBefore).toISOString()
    const until = new Date(certificate.notAfter).toISOString()
    refuse(
      `the certificate of the master is valid from ${from} to ${until}, but the clock of this host says ${new Date(expected.now).toISOString()}`,
      'Set the clock of this host: `timedatectl`.',
    )
  }
  if (certificate.epoch < expected.lowestEpoch) {
    refuse(
      `the certificate of the master has epoch ${certificate.epoch}, this minion has already seen ${expected.lowestEpoch}`,
      'This master was replaced: use the address of the new one.',
    )
  }
  const seen = { exporter, hello, answer }
  if (!verifyFor('handshake-master', certificate.masterKey, transcriptFields(seen), answer.signature)) {
    refuse(
      'the master could not be authenticated for this TLS session: a proxy between this host and the master terminates TLS',
      'Connect to the master without a TLS proxy.',
    )
  }
  if (!hello.versions.includes(answer.version)) {
    throw new AppError({
      code: 'PROTOCOL_VERSION_UNSUPPORTED',
      message: `the master chose protocol version ${answer.version}, this minion offered ${hello.versions.join(', ')}`,
      hint: 'Upgrade master and minion to the same version.',
    })
  }
}

export function signClientProof(
  identity: MinionIdentity,
  seen: HandshakeTranscript,
  counter: number,
  join?: { readonly token: string; readonly key: KeyObject },
): ClientProof {
  const sealingKey = rawPublicKey(identity.sealingKey)
  const claim = {
    id: identity.id,
    key: rawPublicKey(identity.identityKey),
    sealingKey,
    sealingSignature: signFor('sealing-key', identity.identityKey, [sealingKey]),
    counter,
  }
  const fields = proofFields(seen, claim)
  const proof: ClientProof = {
    type: 'client-proof',
    ...claim,
    signature: signFor('handshake-minion', identity.identityKey, fields),
  }
  if (join === undefined) return proof
  return {
    ...proof,
    join: { token: join.token, signature: signFor('handshake-join', join.key, [join.token, ...fields]) },
  }
}

/** True when the holder of the key made the proof for this session, and the sealing key is their own. */
export function checkClientProof(seen: HandshakeTranscript, proof: ClientProof): boolean {
  return (
    verifyFor('sealing-key', proof.key, [proof.sealingKey], proof.sealingSignature) &&
    verifyFor('handshake-minion', proof.key, proofFields(seen, proof), proof.signature)
  )
}

/** True when the join proof was made with the token's secret for this session and key. `tokenKey` is raw. */
export function checkJoinProof(seen: HandshakeTranscript, proof: ClientProof, tokenKey: Uint8Array): boolean {
  if (proof.join === undefined) return false
  const fields = [proof.join.token, ...proofFields(seen, proof)]
  return verifyFor('handshake-join', tokenKey, fields, proof.join.signature)
}

function certificateFields(certificate: Omit<MasterCertificate, 'signature'>): (Uint8Array | string)[] {
  const { fleet, master, rootKey, masterKey, notBefore, notAfter, epoch } = certificate
  return [fleet, master, rootKey, masterKey, String(notBefore), String(notAfter), String(epoch)]
}

function transcriptFields({ exporter, hello, answer }: HandshakeTranscript): (Uint8Array | string)[] {
  const { certificate } = answer
  return [
    exporter,
    hello.versions.join(','),
    hello.role,
    hello.nonce,
    String(answer.version),
    answer.nonce,
    ...certificateFields(certificate),
    certificate.signature,
  ]
}

type Claim = Pick<ClientProof, 'id' | 'key' | 'sealingKey' | 'sealingSignature' | 'counter'>

function proofFields(seen: HandshakeTranscript, claim: Claim): (Uint8Array | string)[] {
  return [
    ...transcriptFields(seen),
    claim.id,
    claim.key,
    claim.sealingKey,
    claim.sealingSignature,
    String(claim.counter),
  ]
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
