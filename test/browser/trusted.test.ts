import { accessibilityFaults, withChromium } from './chromium.ts'
import { Stage } from './stage.ts'

withChromium('a Greenroom for trusted programs only', () => {
  const stage = Stage.for({ GREENROOM_UNSAFE_TRUSTED_ONLY: 'true' })

  it.each(['light', 'dark'] as const)('says so on every page, in %s colours', async (colorScheme) => {
    const { page } = await stage.visit({ colorScheme, viewport: { width: 390, height: 780 }, bypassCSP: true })
    for (const address of ['/', '/runs', '/runs/none', '/nowhere']) {
      await page.goto(address)
      await page.getByRole('complementary', { name: 'Isolation' }).getByText('Only for programs you trust.').waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    }
    expect(await accessibilityFaults(page)).toEqual([])
  })
})
