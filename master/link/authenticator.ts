import type { KeyObject } from 'node:crypto'
import { decodeHandshake } from '../../protocol/codec.ts'
import { problemsOf } from '../../protocol/errors.ts'
import {
  checkClientProof,
  checkJoinProof,
  chooseVersion,
  type HandshakeTranscript,
  signServerHello,
} from '../../protocol/handshake.ts'
import type {
  ClientHello,
  ClientProof,
  HandshakeMessage,
  MasterCertificate,
} from '../../protocol/handshake-messages.ts'
import type { Fingerprint, MinionId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { fingerprintOf } from '../../protocol/signature.ts'
import { isWeakSealingKey } from '../../protocol/weak-keys.ts'
import { judgeContact } from '../keys/enrol.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { PeerBudgets } from './peer-budgets.ts'

/** The master's side of one handshake. Returns what to send; the session sends it. */
export interface AuthenticatorDeps {
  readonly masterKey: KeyObject
  readonly certificate: MasterCertificate
  readonly keys: KeyStore
  readonly now: () => number
  readonly random: (size: number) => Uint8Array
  readonly budgets: PeerBudgets
}

/** A minion that has proved its key. Everything a session knows about the identity of its peer comes from here. */
export interface ProvenMinion {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
  readonly key: Uint8Array
  readonly sealingKey: Uint8Array
  /** The negotiated version of the wire. */
  readonly version: number
}

interface Refusal {
  readonly do: 'refuse'
  readonly message: HandshakeMessage | undefined
  readonly reason: string
  /** Two hosts have the key of this minion; it is unknown which of them holds the session. */
  readonly usedTwice?: MinionId
}

/** The decision about a valid proof. */
export type GateVerdict =
  | { readonly do: 'open'; readonly message: HandshakeMessage; readonly proven: ProvenMinion }
  | Refusal

/** `decide` writes to the store: call it once, and send its verdict only when that is on disk. */
export type GateStep =
  | { readonly do: 'reply'; readonly message: HandshakeMessage }
  | { readonly do: 'decide'; readonly decide: () => GateVerdict }
  | Refusal

export class Authenticator {
  readonly #deps: AuthenticatorDeps
  readonly #exporter: Uint8Array
  readonly #address: string
  #seen: HandshakeTranscript | undefined

  constructor(deps: AuthenticatorDeps, exporter: Uint8Array, address: string) {
    this.#deps = deps
    this.#exporter = exporter
    this.#address = address
  }

  take(bytes: Uint8Array): GateStep {
    if (bytes.length > LIMITS.unprovenFrameBytes) {
      return { do: 'refuse', message: undefined, reason: `a frame of ${bytes.length} bytes before the proof` }
    }
    try {
      const message = decodeHandshake(bytes)
      if (message.type === 'client-hello' && this.#seen === undefined) return this.#hello(message)
      if (message.type === 'client-proof' && this.#seen !== undefined) return this.#proof(message, this.#seen)
      return { do: 'refuse', message: undefined, reason: `\`${message.type}\` out of order` }
    } catch (error) {
      return { do: 'refuse', message: undefined, reason: problemsOf(error)[0].message }
    }
  }

  #hello(hello: ClientHello): GateStep {
    const version = chooseVersion(hello.versions)
    if (version === undefined) {
      return {
        do: 'refuse',
        message: { type: 'denied' },
        reason: `no version in common with ${hello.versions.join(', ')}`,
      }
    }
    const answer = { version, nonce: this.#deps.random(32), certificate: this.#deps.certificate }
    this.#seen = { exporter: this.#exporter, hello, answer }
    return { do: 'reply', message: signServerHello(this.#deps.masterKey, this.#seen) }
  }

  #proof(proof: ClientProof, seen: HandshakeTranscript): GateStep {
    if (!checkClientProof(seen, proof)) return denied('the proof is not valid')
    if (isWeakSealingKey(proof.sealingKey)) {
      return denied(`the sealing key of \`${proof.id}\` is weak: anyone could decrypt what is encrypted for it`)
    }
    const proven: ProvenMinion = {
      minion: proof.id,
      fingerprint: fingerprintOf(proof.key),
      key: proof.key,
      sealingKey: proof.sealingKey,
      version: seen.answer.version,
    }
    return { do: 'decide', decide: () => this.#decide(proven, proof, seen) }
  }

  #decide(proven: ProvenMinion, proof: ClientProof, seen: HandshakeTranscript): GateVerdict {
    const { keys, now } = this.#deps
    const token = proof.join === undefined ? undefined : keys.token(proof.join.token)
    const verdict = judgeContact({
      minion: proof.id,
      known: keys.get(proof.id, proven.fingerprint),
      accepted: keys.accepted(proof.id),
      token,
      joinProved: token !== undefined && checkJoinProof(seen, proof, token.publicKey),
      now: now(),
    })
    const claim = { ...proven, address: this.#address }
    switch (verdict.do) {
      case 'accept':
        return this.#open(proven, proof.counter)
      case 'join': {
        // The store decides: when several minions use the token at once, only as many as it allows can join.
        const use = token === undefined ? 'unknown' : keys.join(claim, token.id)
        if (use === 'accepted') return this.#open(proven, proof.counter)
        keys.addPending(claim)
        return denied(`the join token was refused: ${use}`)
      }
      case 'pend':
        keys.addPending(claim)
        return denied(verdict.reason)
      case 'deny':
        return denied(verdict.reason)
      default:
        return verdict satisfies never
    }
  }

  #open(proven: ProvenMinion, counter: number): GateVerdict {
    const { keys, now, budgets } = this.#deps
    if (!budgets.take('session', proven.fingerprint, now())) {
      return { do: 'refuse', message: undefined, reason: 'the key connects too often' }
    }
    if (!keys.raiseCounter(proven.minion, proven.fingerprint, counter, this.#address)) {
      const reason = `the connection counter ${counter} was seen before: two hosts have this key`
      return { do: 'refuse', message: { type: 'denied' }, reason, usedTwice: proven.minion }
    }
    keys.saveSealingKey(proven.minion, proven.fingerprint, proven.sealingKey)
    return { do: 'open', message: { type: 'session', serverTime: now() }, proven }
  }
}

function denied(reason: string): Refusal {
  return { do: 'refuse', message: { type: 'denied' }, reason }
}
