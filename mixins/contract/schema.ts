/** What a value looks like, in fastest-validator's notation: the one declaration that types, checks and documents come from. */
export type Schema = { readonly [field: string]: unknown }

type Primitive = {
  string: string
  number: number
  boolean: boolean
  any: unknown
  url: string
  email: string
  uuid: string
}

type Rule<R> = R extends { type: 'enum'; values: readonly (infer V)[] }
  ? V
  : R extends { type: 'array'; items: infer I }
    ? Infer<I>[]
    : R extends { type: 'multi'; rules: readonly (infer U)[] }
      ? Infer<U>
      : R extends { type: 'object'; props: infer P }
        ? InferProps<P>
        : R extends { type: 'record'; value: infer V }
          ? Record<string, Infer<V>>
          : R extends { type: infer T extends keyof Primitive }
            ? Primitive[T]
            : R extends { type: 'object' }
              ? Record<string, unknown>
              : unknown

/** The TypeScript type of one rule. */
export type Infer<R> = R extends { nullable: true } ? Rule<R> | null : Rule<R>

type IsOptional<R> = R extends { optional: true } | { default: unknown } ? true : false

/** The TypeScript type of an object whose fields are rules. Keys that begin with `$$` are directives, not fields. */
export type InferProps<P> = {
  -readonly [K in keyof P as K extends `$$${string}` ? never : IsOptional<P[K]> extends true ? never : K]: Infer<P[K]>
} & {
  -readonly [K in keyof P as K extends `$$${string}` ? never : IsOptional<P[K]> extends true ? K : never]?: Infer<P[K]>
}
