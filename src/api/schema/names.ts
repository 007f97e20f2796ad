import Type from 'typebox'

const texts = Type.Record(Type.String(), Type.String())

export const namesSchema = Type.Object({ actors: texts, labels: texts })
