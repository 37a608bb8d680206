class Clock {
  now = $state(Date.now())

  /** Moves the time on until the answer is called; made for an effect. */
  tick(everyMs: number): () => void {
    const timer = setInterval(() => {
      this.now = Date.now()
    }, everyMs)
    return () => clearInterval(timer)
  }
}

/** The time as the page shows it; it stands still while nobody ticks. */
export const clock = new Clock()
