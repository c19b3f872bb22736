import { Livelens } from './Livelens.tsx';

export default function Page() {
  return <Livelens />;
}
