import type { Browser, BrowserContextOptions } from 'playwright-core'
import { type Greenroom, startGreenroom } from '../system/greenroom.ts'
import { launchChromium, newPage } from './chromium.ts'
import { builtPage } from './page-build.ts'

/** A Greenroom and a browser for the tests of one file, gone after them, also when they could not begin. */
export class Stage {
  #greenroom: Greenroom | null = null
  #browser: Browser | null = null

  /** To be called where tests are described. */
  static for(settings: Record<string, string> = {}): Stage {
    const stage = new Stage()
    beforeAll(async () => {
      await builtPage()
      stage.#greenroom = await startGreenroom({ env: settings })
      stage.#browser = await launchChromium()
    })
    afterAll(async () => {
      await stage.#browser?.close()
      await stage.#greenroom?.close()
    })
    return stage
  }

  get url(): string {
    return this.#greenroom?.url ?? ''
  }

  /** A page of its own, as a new visitor has it, and what goes wrong in it. */
  visit(options: BrowserContextOptions = {}, url = this.url) {
    if (!this.#browser) throw new RangeError('The browser has not started.')
    return newPage(this.#browser, url, options)
  }
}
