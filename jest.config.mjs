/** One suite for everything; system and browser tests live in test/, all others beside the file they test. */
export default {
  testEnvironment: 'node',
  // Tests of servers and nodes wait more than they compute.
  maxWorkers: 2,
  testMatch: ['<rootDir>/{services,mixins,config,cli,test,bench,web/src}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '\\.ts$': '<rootDir>/test/jest/strip.mjs' },
  // Longer than the patience of any wait: a test that waits in vain tells what it waited for.
  testTimeout: 300_000,
  globalSetup: '<rootDir>/test/jest/begin.mjs',
  globalTeardown: '<rootDir>/test/jest/end.mjs',
}
