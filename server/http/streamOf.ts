/**
 * The body of an answer, a piece at a time, when it is asked for; `ReadableStream.from`, which the types do not know yet.
 * @param onBroken called where there is no next piece: the client is to see that it did not get all
 */
export function streamOf(
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>, void>,
  onBroken: (error: unknown) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
    async pull(controller) {
      try {
        const next = await pieces.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        onBroken(error);
        controller.close();
      }
    },
    async cancel() {
      await pieces.return();
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}
