import Type from 'typebox'

/** The one shape of every refusal. */
export const refusal = Type.Object({
  ok: Type.Literal(false),
  error: Type.Object({
    code: Type.String({ description: 'Stable.' }),
    message: Type.String({ description: 'For people.' }),
    next: Type.Optional(Type.String({ description: 'What can be done next, if anything.' })),
  }),
})
