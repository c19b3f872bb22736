/** The name of a file with a picture that was held at this time, by the clock of this device. */
export function stillName(at: Date, type: string): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('');
  return `livelens-${day}-${time}.${type === 'image/jpeg' ? 'jpg' : 'png'}`;
}
