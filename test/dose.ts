/** How much of what is repeated at random is done: 1 in every run of the tests, more by DOSE=20 and the like. */
export const dose = Math.max(1, Number(process.env.DOSE ?? 1))
