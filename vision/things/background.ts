import { halvesToFloats } from '../half.ts';

/** float16, little endian, as base64: made by models/build/buildBackground.ts. */
const MEAN = [
  'yCRkokehoJ96KUOdx6SooaMdmCLLqQwgUKP6HEciExoUpO0puKXmHiMrpqM5HZik8iMEKMGo8CBMo7wmgBxNGVWhqZ+OFYSoMBsU',
  'nwCo8RYLJrKhE6Tapl6heR0EKOgatp/jJIEgG5unIV2iPBRRJgYmdJoJp5iKuhkLHQgckSbwIfeadx21m2ApGqSPoWSgcJovHYWo',
  'iB4XpjQcMJQqHvqnUCBJoyej1imLpA0lU6RBmiIlA6ivEqKiRRfPJNma6qUMnjOcIKiSmlAcRKf2HbMouqa6p9ObgZSvmF0iDhwH',
  'GHciWyCYIVgeKJ9mJy4luCIXpyoSeCSinRUo9SEoIZOhkyM9pMOjyikFpLSiNaGmFAgc+KVnl7ekKaBindigZ6QfIbmmdx/mKomc',
  'NiZVn5AmAyoQpjYc8aIsKOOczKCInE8YLCBtpn2iwqVqp94WvyEOoySpchjYpKqj3Ci6HTogdh76JCMZnJtwpBAkyyT3JmihTZdg',
  'GyWctSWjlE4k7B0WoAikX50YKU2jIaL2mEoV4yKepIAlhQ1Pm+YjpyeNERMcsqMFoycnzqY1iz2l/h6IIXuoTSAxobqfESixGYym',
  '2KAtInKm2iXyIZyoMh+JJvYkRqACpq4e66EPKz4hi6XyoMkaXh/YoJedn5YyJVIcMh0loVafXSQPKCUhbCMcGaiW0pzBmJUouaJS',
  'nugYdp0EICOhjyVEoxIZnxh6J5OkhKYKoOukRiPPpNsjsqPanUAce6gSm9Whb6c0KbgKn6gqm6kfFaXhIlQkxag/IlkouB0IpZsY',
  'qx4ZnG8pviOGoXekVhUpJFKiMZykJrUmup1En60g0x4YHs8qnSX3GAWieyNtpfGgFihkopycuJI4hHIY1plaJeATJhzdI/QiSo44',
  'pSOfb5xvJzmjdSKJpIgjciY/p/2ec6AsmBwmK5ocpY4YNyQ/pdIUepvKp+YiXyEdIDOoxppDlCqmmys2Ii2dnqGiILIjJKSqpLEh',
  'ySUDIm0aAR9RFssgzSkBIjMcZhzsiZeoeyJrKmKnbaiuojEh4xyLpYskMCXPoi4gvCcwpBYY06WUpoUo5qjipwQgBCWbGHqlZSTJ',
  'JFihjiH4oRmkPhN7JSalBieqI9aiaB+MneMkHJUyp9abnqDIKFKONqYvogsl250SoiWdi6fpH/YmdCKJlpykTyjHHrUm8yHalnkf',
  'TKeaJHkpQqenpC2gcCAHF9uhZyRUHjqSuZ50JfKnlaY0pFKnHCVnqLuk7h4iGcoccKDfkqgkgqg9JFCh5KV3le0m5qOQI5UkD6L9',
  'JNuVyx59oYKg9qGklasmAprUoLSkOyQoGqikgqI1HyYh9yFonOwheJ9oJNImLijcmO6hbifFqIYkGinupi6kA6A0ITadOqDBIWgl',
  'cx3WFRIdbqbkotCht6LgKE6m6KBQHMMkcyNxGyWbTSXJnLWbL6NamkIdjSknpJGLjJ0bmvEhM6aPILCmqKQqpD6mIipwHLWeDaUm',
  'J5YX3aewpnmhaR9dJg8kNR7uogwkgyDoJ9Qg',
].join('');

/** The embedding of the average picture, which shows nothing in particular: the mean of normalised ones. */
export const BACKGROUND: Float32Array = halvesToFloats(
  new Uint16Array(Uint8Array.from(atob(MEAN), (letter) => letter.charCodeAt(0)).buffer),
);
