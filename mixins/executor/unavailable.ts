/** A guarantee that this machine does not give; untrusted code is then refused. */
export class SandboxUnavailable extends Error {
  readonly type = 'SANDBOX_UNAVAILABLE'
  readonly check: string
  readonly fix: string | null

  constructor(check: string, detail: string, fix: string | null) {
    super(fix ? `${detail} ${fix}.` : detail)
    this.check = check
    this.fix = fix
  }
}
